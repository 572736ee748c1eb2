import { expect } from 'chai';
import fc from 'fast-check';
import { hasEnded } from '../../../../../common/model/intent.js';
import type { ModelFault } from '../../../../support/chain/model-ledger.js';
import { PayerWorld, boughtEffect, buying } from '../../../../support/chain/payer-world.js';

const FAULTS = fc.constantFrom<(ModelFault | undefined)[]>(undefined, undefined, undefined, 'away', 'lost', 'dead');

/** What happens to a payer and its chain. */
const EVENTS = fc.oneof(
  fc.record({ kind: fc.constant('pay'), effect: fc.boolean(), fails: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ kind: fc.constant('faults'), faults: fc.array(FAULTS, { maxLength: 12 }) }),
  fc.record({
    kind: fc.constant('faultOf'),
    name: fc.constantFrom('submit', 'submit', 'sign', 'search', 'nextNonce', 'effect', 'heads'),
    fault: fc.constantFrom<ModelFault[]>('away', 'lost', 'dead'),
  }),
  fc.record({ kind: fc.constant('mine'), lag: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ kind: fc.constant('reorg'), depth: fc.integer({ min: 1, max: 5 }), keep: fc.boolean() }),
  fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 0, max: 5_000 }) }),
  fc.constant({ kind: 'restart' } as const),
  fc.record({ kind: fc.constant('takeOver'), knows: fc.boolean() }),
  fc.record({
    kind: fc.constant('stopAt'),
    name: fc.constantFrom('submit', 'submit', 'sign', 'search', 'nextNonce', 'effect', 'heads'),
    when: fc.constantFrom<('before' | 'after')[]>('before', 'after'),
  }),
  fc.constant({ kind: 'wake' } as const),
  fc.constant({ kind: 'flush' } as const),
  fc.constant({ kind: 'foreign' } as const),
  fc.constant({ kind: 'upgrade' } as const),
  fc.record({ kind: fc.constant('forge'), nonce: fc.integer({ min: 0, max: 12 }) }),
);
type Event = typeof EVENTS extends fc.Arbitrary<infer E> ? E : never;

describe('a payer, whatever happens to it, its chain, and those that lead after it', () => {
  it('has each call carried out at most once, and brings each intent to an end', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(EVENTS, { minLength: 5, maxLength: 60 }), async (events) => {
        const world = await PayerWorld.open();
        for (const event of events) await happen(world, event);
        world.ledger.faults = [];
        world.ledger.faultsOf.clear();
        world.wake();
        if (world.ledger.dead) await world.restart();
        for (let round = 0; round < 20 && !world.intents().every(hasEnded); round += 1) await world.calm(10);
        for (const intent of world.intents()) {
          const times = world.chain.times(intent.call);
          const { state, failure, call } = intent;
          if (call.method === 'fail') expect(state, JSON.stringify(failure)).to.equal('failed');
          else expect({ state, times, failure }).to.deep.equal({ state: 'finalised', times: 1, failure: undefined });
        }
        world.end();
      }),
      { numRuns: 150 },
    );
  });
});

async function happen(world: PayerWorld, event: Event): Promise<void> {
  switch (event.kind) {
    case 'pay': {
      const thing = world.intents().length;
      const more = event.effect ? { effect: boughtEffect(thing) } : {};
      const bought = buying(thing, more);
      const method = event.fails === 0 ? 'fail' : 'buy';
      // The answer may not come, where the coordinator dies meanwhile.
      void world.payer.pay({ ...bought, call: { ...bought.call, method } }).catch(() => undefined);
      await world.pass(0);
      return;
    }
    case 'faults':
      world.ledger.faults.push(...event.faults);
      return;
    case 'faultOf':
      world.ledger.faultsOf.set(event.name, event.fault);
      return;
    case 'mine':
      world.chain.mine();
      world.chain.finalize(event.lag);
      world.ledger.tellHead();
      return world.pass(0);
    case 'reorg':
      world.chain.reorg(event.depth, event.keep);
      world.ledger.tellHead();
      return world.pass(0);
    case 'pass':
      return world.pass(event.ms);
    case 'restart':
      return world.restart();
    case 'takeOver':
      return world.takeOver(event.knows);
    case 'stopAt':
      world.ledger.stop(event);
      return;
    case 'wake':
      world.wake();
      return world.pass(0);
    case 'flush':
      world.chain.pool = [];
      return;
    case 'foreign':
      world.chain.foreign('alice');
      return;
    case 'upgrade':
      world.chain.upgrade();
      return;
    case 'forge':
      world.ledger.forgedNonces.push(event.nonce);
  }
}
