import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { hasEnded } from '../../../../../../common/model/intent.js';
import type { StakePolicySpec } from '../../../../../../common/model/stake-policy.js';
import { silentLogger } from '../../../../../../common/observe/logger.js';
import type { PolicyEyes } from '../../../../../../coordinator/chain/stake/policy/eyes.js';
import { StakePolicies } from '../../../../../../coordinator/chain/stake/policy/loop.js';
import { setStakePolicy } from '../../../../../../coordinator/chain/stake/policy/records.js';
import type { ModelFault } from '../../../../../support/chain/model-ledger.js';
import { PayerWorld } from '../../../../../support/chain/payer-world.js';
import { stakePolicy } from '../../../../../support/chain/stake-policies.js';

const PAR = 10n ** 9n;
const LOOK_MS = 60_000;
const RETRY_MS = 600_000;

/** Policies over a payer and a chain that counts stake, which die and come back together. */
class PolicyWorld {
  readonly paying: PayerWorld;
  /** What somebody else took away. */
  taken = 0n;
  policies: StakePolicies;
  /** Of those that another leads instead of. */
  readonly #former: AbortController[] = [];
  #stop = new AbortController();

  constructor(paying: PayerWorld) {
    this.paying = paying;
    this.policies = this.#run();
  }

  static async open(spec: Partial<StakePolicySpec> = {}): Promise<PolicyWorld> {
    const paying = await PayerWorld.open();
    paying.fleet.transact((tx) => setStakePolicy(tx, stakePolicy(spec)));
    return new PolicyWorld(paying);
  }

  get stake(): bigint {
    let stake = -this.taken;
    for (const { parsed } of this.paying.chain.extrinsics())
      if (parsed.call.method === 'buy') stake += BigInt(z.string().parse(parsed.call.args[0]));
    return stake;
  }

  async restart(): Promise<void> {
    this.#stop.abort();
    await this.paying.restart();
    this.policies = this.#run();
  }

  /** The process stands still, and another leads; what that leaves goes on when it is woken. */
  async takeOver(knows: boolean): Promise<void> {
    this.#former.push(this.#stop);
    await this.paying.takeOver(knows);
    this.policies = this.#run();
  }

  end(): void {
    for (const stop of [...this.#former, this.#stop]) stop.abort();
    this.paying.end();
  }

  #run(): StakePolicies {
    const { fleet, payer, clock, chain, ledger } = this.paying;
    this.#stop = new AbortController();
    const eyes: PolicyEyes = {
      state: async () => {
        // Away as its payer finds it.
        await ledger.heads();
        const { stake } = this;
        return { block: chain.best.number, stake, free: 10n ** 6n, registered: true, price: PAR, least: 0n };
      },
      prepare: async (_record, { amount }) => ({
        call: { pallet: 'model', method: 'buy', args: [String(amount)] },
        spends: amount,
        observed: {
          ...{ block: chain.best, missingNetuid: undefined, unknownHotkey: false, stake: 0n, free: 0n },
          ...NONE,
        },
      }),
    };
    const policies = new StakePolicies({ fleet, payer, clock, eyes, logger: silentLogger });
    policies.start(this.#stop.signal).catch(() => undefined); // the store of one that was killed is gone
    return policies;
  }
}

const NONE = { least: undefined, worth: undefined, quote: undefined };

const FAULTS = fc.constantFrom<(ModelFault | undefined)[]>(undefined, undefined, 'away', 'lost', 'dead');
/** What happens to policies, their payer and the chain. */
const EVENTS = fc.oneof(
  fc.constant({ kind: 'restart' } as const),
  fc.record({ kind: fc.constant('takeOver'), knows: fc.boolean() }),
  fc.constant({ kind: 'wake' } as const),
  fc.constant({ kind: 'look' } as const),
  fc.record({ kind: fc.constant('take'), amount: fc.bigInt({ min: 1n, max: 500n }) }),
  fc.record({ kind: fc.constant('faults'), faults: fc.array(FAULTS, { maxLength: 8 }) }),
  fc.record({ kind: fc.constant('mine'), lag: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ kind: fc.constant('reorg'), depth: fc.integer({ min: 1, max: 3 }), keep: fc.boolean() }),
  fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 0, max: 5_000 }) }),
);
type Event = typeof EVENTS extends fc.Arbitrary<infer E> ? E : never;

describe('stake policies', () => {
  it('fill up what is missing by one call, and leave it at that', async () => {
    const world = await PolicyWorld.open();
    await world.paying.pass(0);
    await world.paying.calm(10);
    await world.paying.pass(LOOK_MS);
    expect(world.paying.intents().map(({ state, amount }) => [state, amount])).to.deep.equal([['finalised', '1000']]);
    expect(world.stake).to.equal(1_000n);
    expect(world.policies.standingOf('one')).to.include({ reason: 'stake_steady' });
    world.end();
  });

  it('wait with a why where the payer refuses, and go on when it does no more', async () => {
    const world = await PolicyWorld.open();
    world.paying.caps = undefined;
    await world.paying.pass(LOOK_MS);
    expect(world.policies.standingOf('one')).to.include({ reason: 'stake_refused' });
    world.paying.caps = { perCall: 10n ** 9n, perDay: 10n ** 9n };
    await world.paying.pass(LOOK_MS);
    await world.paying.calm(10);
    expect(world.stake).to.equal(1_000n);
    world.end();
  });

  it('pay for what is missing once, whenever the coordinator dies or another leads, and whatever the chain does', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(EVENTS, { minLength: 4, maxLength: 30 }), async (happened) => {
        const world = await PolicyWorld.open({ minimum: '1000' });
        const { paying } = world;
        for (const event of happened) {
          await happen(world, event);
          expect(world.stake <= 1_000n, `${String(world.stake)} staked`).to.equal(true);
        }
        paying.ledger.faults = [];
        paying.wake();
        if (paying.ledger.dead) await world.restart();
        for (let round = 0; round < 40 && world.stake !== 1_000n; round += 1) {
          await paying.calm(10);
          await paying.pass(round % 4 === 3 ? RETRY_MS : LOOK_MS);
        }
        await paying.calm(10);
        expect(world.stake).to.equal(1_000n);
        expect(paying.intents().every(hasEnded)).to.equal(true);
        world.end();
      }),
      { numRuns: 60 },
    );
  });
});

async function happen(world: PolicyWorld, event: Event): Promise<void> {
  const { paying } = world;
  switch (event.kind) {
    case 'restart':
      await world.restart();
      break;
    case 'takeOver':
      await world.takeOver(event.knows);
      break;
    case 'wake':
      paying.wake();
      break;
    case 'look':
      return paying.pass(LOOK_MS);
    case 'pass':
      return paying.pass(event.ms);
    case 'take':
      world.taken += event.amount;
      break;
    case 'faults':
      paying.ledger.faults.push(...event.faults);
      break;
    case 'reorg':
      paying.chain.reorg(event.depth, event.keep);
      break;
    case 'mine':
      paying.chain.mine();
      paying.chain.finalize(event.lag);
  }
  await paying.pass(0);
}
