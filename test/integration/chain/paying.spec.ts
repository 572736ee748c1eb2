import { blake2AsU8a, cryptoWaitReady, encodeAddress, sr25519PairFromSeed, sr25519Sign } from '@polkadot/util-crypto';
import { expect } from 'chai';
import { systemClock } from '../../../common/model/clock.js';
import type { IntentRecord } from '../../../common/model/intent.js';
import { ChainLedger, Payer } from '../../../coordinator/chain/extrinsics/index.js';
import type { PayRequest, WalletSigner } from '../../../coordinator/chain/extrinsics/index.js';
import type { PayerOptions } from '../../../coordinator/chain/extrinsics/options.js';
import type { Submission } from '../../../coordinator/chain/extrinsics/ports.js';
import { ChainConnection } from '../../../coordinator/chain/network/connection.js';
import { PolkadotSession } from '../../../coordinator/chain/network/session.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { expectReason } from '../../support/expect-reason.js';
import { MemoryStore } from '../../support/memory-store.js';
import { waitFor } from '../../support/wait-for.js';

const UNIT = 1_000_000_000n;
const TERMS = { connectMs: 2_000, callMs: 10_000, metadataMs: 20_000, lookMs: 500, silenceMs: 3_000 };
const FAST = { pollMs: 200, retryMs: 200, resendAfterMs: 5_000 };

/** A ledger whose node is met by what the test wants. */
class MetLedger extends ChainLedger {
  /** Stops the world before or after the node has the bytes. */
  silent: 'before' | 'after' | undefined;
  /** Answered instead of the next nonces. */
  readonly forged: number[] = [];

  override async submit(bytes: string): Promise<Submission> {
    if (this.silent === 'before') return new Promise(() => undefined);
    const answer = await super.submit(bytes);
    return this.silent === 'after' ? new Promise(() => undefined) : answer;
  }

  override async nextNonce(address: string): Promise<number> {
    return this.forged.shift() ?? super.nextNonce(address);
  }
}

describe('paying on a real runtime', function () {
  this.timeout(120_000);
  const pair = (name: string) => {
    const keys = sr25519PairFromSeed(blake2AsU8a(name));
    return { ...keys, address: encodeAddress(keys.publicKey, 42) };
  };
  const names = ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie', 'Grace', 'Heidi', 'Ivan', 'Gus', 'Judy'];
  let node: ChainNode;
  let chain: ChainConnection;
  const stop = new AbortController();
  let running: Promise<void>;

  before(async () => {
    await cryptoWaitReady();
    node = await ChainNode.start({ mode: 'batch' });
    chain = new ChainConnection(
      { network: 'test', endpoints: [node.url], genesisHash: undefined },
      {
        ...{ clock: systemClock, random: () => 0, onGenesis: () => undefined, onNote: () => undefined },
        open: (aim, signal) => PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, signal),
      },
    );
    running = chain.run(stop.signal);
    await waitFor('the chain', () => chain.best !== undefined);
    await node.fund(
      names.map((name) => pair(name).address),
      1_000n * UNIT,
    );
  });

  after(async () => {
    stop.abort();
    await running;
    await node[Symbol.asyncDispose]();
  });

  /** A coordinator's payer over a store, which can be killed. */
  async function openPayer(store = new MemoryStore(), options: Partial<PayerOptions> = {}) {
    const fleet = await openFleet(store, { clock: systemClock });
    const ledger = new MetLedger(chain);
    const stop = new AbortController();
    const payer = new Payer(
      {
        fleet,
        clock: systemClock,
        newId: () => crypto.randomUUID(),
        ledgerOf: () => ledger,
        wallets: { accountOf: (name) => ({ signer: pair(name).address }), signer: signerOf },
        capsOf: () => ({ perCall: 100n * UNIT, perDay: 100_000n * UNIT }),
      },
      { ...FAST, ...options },
    );
    payer.start(stop.signal).catch(() => undefined); // a killed one has lost its store
    const kill = (): MemoryStore => {
      ledger.silent = 'before';
      stop.abort();
      return store.reopen();
    };
    return { payer, fleet, ledger, kill, [Symbol.dispose]: () => stop.abort() };
  }

  function signerOf(name: string): WalletSigner {
    const keys = pair(name);
    const { address, publicKey } = keys;
    return { address, publicKey, keyType: 'sr25519', sign: (payload) => sr25519Sign(payload, keys) };
  }

  /** A transfer to an account that nobody else pays to, so that its balance tells how often it was made. */
  function transfer(from: string, to: string, more: Partial<PayRequest> = {}): PayRequest {
    const call = { pallet: 'balances', method: 'transferKeepAlive', args: [pair(to).address, UNIT.toString()] };
    const paid = { amount: UNIT, cap: 2n * UNIT, purpose: 'a test' };
    return { key: `${from}/${to}`, network: 'test', wallet: from, call, ...paid, ...more };
  }

  async function received(to: string): Promise<bigint> {
    return new ChainLedger(chain).funds(pair(to).address);
  }

  async function ended(payer: Payer, { id }: IntentRecord): Promise<IntentRecord> {
    return payer.settled(id);
  }

  it('includes fifty calls of one key once each', async () => {
    using one = await openPayer(new MemoryStore(), { resendAfterMs: 60_000 });
    // A block for each few of them would take most of the time.
    await node.rpc('dev_setBlockBuildMode', 'Manual');
    const targets = Array.from({ length: 50 }, (_, n) => `fifty${String(n)}`);
    const made = await Promise.all(targets.map((to) => one.payer.pay(transfer('Alice', to))));
    await waitFor('all to be sent', () => made.every((intent) => one.payer.whyOf(intent).startsWith('sent')), 90_000);
    await node.rpc('dev_setBlockBuildMode', 'Batch');
    await node.newBlocks();
    const settled = await Promise.all(made.map((intent) => ended(one.payer, intent)));
    expect(settled.map(({ state }) => state)).to.deep.equal(made.map(() => 'finalised'));
    const balances = await Promise.all(targets.map(received));
    expect(balances).to.deep.equal(targets.map(() => UNIT));
    expect(BigInt(settled[0]?.fee ?? 0) > 0n).to.equal(true);
  });

  for (const at of ['journalled', 'before', 'after'] as const)
    it(`pays once where it is killed ${at === 'journalled' ? 'before it signs' : `${at} it sends`}`, async () => {
      const to = `killed-${at}`;
      const first = await openPayer();
      if (at === 'journalled') {
        first.ledger.heads = () => new Promise(() => undefined);
      } else first.ledger.silent = at;
      const made = await first.payer.pay(transfer('Bob', to));
      const state = at === 'journalled' ? 'journalled' : 'signed';
      await waitFor('the intent', () => first.fleet.intent(made.id)?.state === state);
      if (at === 'after') await waitFor('the payment', async () => (await received(to)) === UNIT);
      using second = await openPayer(first.kill());
      expect(await ended(second.payer, made)).to.include({ state: 'finalised', attempts: 1 });
      expect(await received(to)).to.equal(UNIT);
    });

  it('signs anew what was never sent once its era is over, and not what was', async () => {
    const first = await openPayer(new MemoryStore(), { eraBlocks: 4 });
    first.ledger.silent = 'before';
    const made = await first.payer.pay(transfer('Charlie', 'expired'));
    await waitFor('the intent', () => first.fleet.intent(made.id)?.state === 'signed');
    const store = first.kill();
    await node.newBlocks(6);
    using second = await openPayer(store);
    expect(await ended(second.payer, made)).to.include({ state: 'finalised', attempts: 2 });
    expect(await received('expired')).to.equal(UNIT);
  });

  it('gets past a node that answers an old nonce', async () => {
    using one = await openPayer();
    await ended(one.payer, await one.payer.pay(transfer('Dave', 'nonce1')));
    one.ledger.nonces = async () => ({ best: 0, finalized: 0 });
    one.ledger.forged.push(0);
    const made = await one.payer.pay(transfer('Dave', 'nonce2'));
    await waitFor('the refusal', () => (one.fleet.intent(made.id)?.attempts ?? 0) > 0);
    one.ledger.nonces = (...asked) => ChainLedger.prototype.nonces.apply(one.ledger, asked);
    expect(await ended(one.payer, made)).to.include({ state: 'finalised', attempts: 2 });
    expect(await received('nonce2')).to.equal(UNIT);
  });

  it('pays each once where two coordinators that know nothing of each other pay with one key', async () => {
    using one = await openPayer();
    using two = await openPayer();
    const asked = [one, two].flatMap(({ payer }, at) =>
      [0, 1].map((n) => ({ payer, to: `of-${String(at)}-${String(n)}` })),
    );
    const made = await Promise.all(asked.map(({ payer, to }) => payer.pay(transfer('Judy', to))));
    const ends = await Promise.all(made.map((intent, at) => ended(asked[at]?.payer ?? one.payer, intent)));
    expect(ends.map(({ state }) => state)).to.deep.equal(asked.map(() => 'finalised'));
    // They have met: some nonce was taken by the other.
    expect(ends.some(({ attempts }) => attempts > 1)).to.equal(true);
    expect(await Promise.all(asked.map(({ to }) => received(to)))).to.deep.equal(asked.map(() => UNIT));
  });

  it('names the error of the call inside a proxy, which itself succeeds', async () => {
    using one = await openPayer();
    const call = { pallet: 'proxy', method: 'addProxy', args: [pair('Eve').address, 'Staking', 0] };
    const added = await one.payer.pay(transfer('Ferdie', 'x', { key: 'proxy', call }));
    expect((await ended(one.payer, added)).state).to.equal('finalised');
    const proxied = await one.payer.pay(transfer('Eve', 'filtered', { real: pair('Ferdie').address }));
    const { state, failure } = await ended(one.payer, proxied);
    expect({ state, failure }).to.deep.include({ state: 'failed' });
    expect(failure).to.include({ error: 'system.CallFiltered', class: 'never' });
    expect(await received('filtered')).to.equal(0n);
  });

  it('acts as the kind of proxy that lets the call through, whichever the chain would take first', async () => {
    using one = await openPayer();
    const grant = (type: string) => {
      const call = { pallet: 'proxy', method: 'addProxy', args: [pair('Gus').address, type, 0] };
      return one.payer.pay(transfer('Ivan', 'x', { key: `grant ${type}`, call }));
    };
    const real = pair('Ivan').address;
    const hotkey = pair('proxied').address;
    const register = { pallet: 'subtensorModule', method: 'burnedRegister', args: [1, hotkey] };
    const registration = transfer('Gus', 'x', { key: 'register', call: register, real, amount: UNIT, cap: 2n * UNIT });
    await expectReason(one.payer.dryRun(registration), 'proxy_missing');
    for (const type of ['Staking', 'Registration']) await ended(one.payer, await grant(type));
    const stake = { pallet: 'subtensorModule', method: 'addStake', args: [hotkey, 1, UNIT.toString()] };
    const staking = transfer('Gus', 'x', { key: 'stake', call: stake, real });
    for (const request of [registration, staking])
      expect((await ended(one.payer, await one.payer.pay(request))).failure, request.key).to.equal(undefined);
  });

  it('fails what the account cannot pay, and what the chain refuses, by name', async () => {
    using one = await openPayer();
    const poor = await one.payer.pay(transfer('Poor', 'nobody'));
    expect((await ended(one.payer, poor)).failure).to.include({ error: 'intent.balance_too_low', class: 'money' });
    const call = { pallet: 'subtensorModule', method: 'burnedRegister', args: [999, pair('Grace').address] };
    const refused = await one.payer.pay(transfer('Grace', 'x', { key: 'register', call }));
    const { failure } = await ended(one.payer, refused);
    expect(failure).to.include({ error: 'subtensorModule.SubNetworkDoesNotExist', class: 'never' });
    const unknown = await one.payer.pay(
      transfer('Grace', 'x', { key: 'unknown', call: { pallet: 'nothing', method: 'atAll', args: [] } }),
    );
    expect((await ended(one.payer, unknown)).failure).to.include({ class: 'switch_path' });
  });

  it('registers a key once, whoever did it, by the effect on the chain', async () => {
    using one = await openPayer();
    const call = { pallet: 'subtensorModule', method: 'burnedRegister', args: [1, pair('Hotkey').address] };
    const effect = {
      pallet: 'subtensorModule',
      item: 'uids',
      keys: [1, pair('Hotkey').address],
      is: 'present',
    } as const;
    const request = transfer('Heidi', 'x', { key: 'one', call, effect, amount: UNIT, cap: 2n * UNIT });
    const { signer, fee, refusal } = await one.payer.dryRun(request);
    expect({ signer, fee, refusal }).to.deep.equal({ signer: 1_000n * UNIT, fee: 0n, refusal: undefined });
    expect(await ended(one.payer, await one.payer.pay(request))).to.include({ state: 'finalised', attempts: 1 });
    const again = await one.payer.pay({ ...request, key: 'two' });
    expect(await ended(one.payer, again)).to.include({ state: 'finalised', attempts: 0 });
    expect(await received('Heidi')).to.equal(999n * UNIT);
  });

  it('waits while the chain is away, and pays once when it is back', async () => {
    using one = await openPayer();
    node.signal('SIGSTOP');
    const made = await one.payer.pay(transfer('Heidi', 'away'));
    try {
      await waitFor('the intent', () => one.payer.whyOf(made) !== '');
      expect(one.fleet.intent(made.id)?.state).to.equal('journalled');
    } finally {
      node.signal('SIGCONT');
    }
    expect(await ended(one.payer, made)).to.include({ state: 'finalised' });
    expect(await received('away')).to.equal(UNIT);
  });
});
