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
import { BareApi } from '../../support/chain/bare-api.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { MemoryStore } from '../../support/memory-store.js';
import { waitFor } from '../../support/wait-for.js';

const TAO = 1_000_000_000n;
const FUNDS = 1_000n * TAO;
/** Of a registration in subnet 1, as the chain begins. */
const PRICE = TAO;
const STAKED = 100n * TAO;
const TERMS = { connectMs: 2_000, callMs: 10_000, metadataMs: 20_000, lookMs: 500, silenceMs: 3_000 };

/** A ledger whose process stands still right before the bytes leave, until it is woken. */
class StoppingLedger extends ChainLedger {
  /** What became of what was sent. */
  readonly answers: Submission[] = [];
  readonly #woken = new AbortController();

  override async submit(bytes: string): Promise<Submission> {
    const { signal } = this.#woken;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    const answer = await super.submit(bytes);
    this.answers.push(answer);
    return answer;
  }

  wake(): void {
    this.#woken.abort();
  }
}

interface Leader {
  readonly payer: Payer;
  readonly ledger: StoppingLedger;
  intent(id: string): IntentRecord | undefined;
  end(): void;
}

describe('coordinators that lead one after the other, on a real runtime', function () {
  this.timeout(120_000);
  const leaders: Leader[] = [];
  const stop = new AbortController();
  let node: ChainNode;
  let chain: ChainConnection;
  let bare: BareApi;
  let running: Promise<void>;

  before(async () => {
    await cryptoWaitReady();
    node = await ChainNode.start();
    bare = await BareApi.open(node.url);
    chain = new ChainConnection(
      { network: 'test', endpoints: [node.url], genesisHash: undefined },
      {
        ...{ clock: systemClock, random: () => 0, onGenesis: () => undefined, onNote: () => undefined },
        open: (aim, signal) => PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, signal),
      },
    );
    running = chain.run(stop.signal);
    await waitFor('the chain', () => chain.best !== undefined);
  });
  afterEach(async () => {
    for (const leader of leaders.splice(0)) leader.end();
    await node.rpc('dev_setBlockBuildMode', 'Instant');
  });
  after(async () => {
    stop.abort();
    await running;
    await bare[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  });

  /** A coordinator's payer, which leads over the store from now on. */
  async function lead(store: MemoryStore, options: Partial<PayerOptions> = {}): Promise<Leader> {
    const fleet = await openFleet(store, { clock: systemClock });
    const ledger = new StoppingLedger(chain);
    const stopped = new AbortController();
    const payer = new Payer(
      {
        ...{ fleet, clock: systemClock, newId: () => crypto.randomUUID(), ledgerOf: () => ledger },
        wallets: { accountOf: (name) => ({ signer: keysOf(name).address }), signer: signerOf },
        capsOf: () => ({ perCall: FUNDS, perDay: FUNDS }),
      },
      { pollMs: 200, retryMs: 200, resendAfterMs: 1_000, ...options },
    );
    payer.start(stopped.signal).catch(() => undefined); // the former one's store refuses what it would write
    const end = (): void => {
      ledger.wake();
      stopped.abort();
    };
    const leader = { payer, ledger, intent: (id: string) => fleet.intent(id), end };
    leaders.push(leader);
    return leader;
  }

  /** A coldkey with funds, and a hotkey that the chain knows as its own where it is staked on. */
  async function planted(name: string, what: 'stake' | 'register'): Promise<{ coldkey: string; hotkey: string }> {
    const [coldkey, hotkey] = [keysOf(name).address, keysOf(`${name} hot`).address];
    await node.fund([coldkey], FUNDS);
    const known = { Owner: [[[hotkey], coldkey]], Delegates: [[[hotkey], 11_796]] };
    if (what === 'stake') await node.setStorage({ SubtensorModule: known });
    return { coldkey, hotkey };
  }

  /** What each of them costs and leaves on the chain. */
  const WAYS = {
    stake: {
      request: (wallet: string, hotkey: string): PayRequest => ({
        ...{ key: wallet, network: 'test', wallet, purpose: 'a test', amount: STAKED, cap: STAKED + TAO },
        call: { pallet: 'subtensorModule', method: 'addStake', args: [hotkey, 0, STAKED.toString()] },
      }),
      left: FUNDS - STAKED,
      shows: async (hotkey: string) =>
        BigInt((await bare.read('subtensorModule', 'totalHotkeyAlpha', hotkey, 0)) as number | string) === STAKED, // as the runtime has it
    },
    register: {
      request: (wallet: string, hotkey: string): PayRequest => ({
        ...{ key: wallet, network: 'test', wallet, purpose: 'a test', amount: 2n * PRICE, cap: 3n * PRICE },
        call: { pallet: 'subtensorModule', method: 'burnedRegister', args: [1, hotkey] },
        effect: { pallet: 'subtensorModule', item: 'uids', keys: [1, hotkey], is: 'present' },
      }),
      left: FUNDS - PRICE,
      shows: async (hotkey: string) => (await bare.read('subtensorModule', 'uids', 1, hotkey)) !== null,
    },
  } as const;

  for (const what of ['stake', 'register'] as const)
    describe(what, () => {
      const { request, left, shows } = WAYS[what];

      /** Has one sign and write down, and stand still before it sends; resolves with what another reads then. */
      async function signed(name: string, options: Partial<PayerOptions> = {}) {
        const { coldkey, hotkey } = await planted(name, what);
        const store = new MemoryStore();
        const former = await lead(store, options);
        const { id } = await former.payer.pay(request(name, hotkey));
        await waitFor('it to be signed', () => former.intent(id)?.state === 'signed');
        expect(await bare.account(coldkey)).to.deep.equal({ nonce: 0, free: FUNDS });
        const before = former.intent(id);
        const follow = () => lead(store.another(), options);
        const once = async () => {
          await waitFor('the former one to be answered', () => former.ledger.answers.length > 0);
          await node.newBlocks(2);
          expect(await bare.account(coldkey)).to.deep.equal({ nonce: 1, free: left });
          expect(await shows(hotkey)).to.equal(true);
        };
        return { former, follow, id, before, once };
      }

      it('is carried out once where the former one sends late what its successor has sent', async () => {
        const { former, follow, id, before, once } = await signed(`${what} late`);
        const successor = await follow();
        successor.ledger.wake();
        const end = await successor.payer.settled(id);
        expect(end).to.include({ state: 'finalised', attempts: 1, hash: before?.hash });
        former.ledger.wake();
        await once();
        expect(former.ledger.answers.map(({ kind }) => kind)).to.deep.equal(['refused']);
        expect(successor.intent(id)).to.deep.equal(end);
      });

      it('is carried out once where both send it before there is a block', async () => {
        await node.rpc('dev_setBlockBuildMode', 'Manual');
        const { former, follow, id, before, once } = await signed(`${what} both`);
        const successor = await follow();
        for (const { ledger } of [successor, former]) ledger.wake();
        await waitFor('both to have sent', () => [successor, former].every(({ ledger }) => ledger.answers.length > 0));
        await once();
        expect(await successor.payer.settled(id)).to.include({ state: 'finalised', attempts: 1, hash: before?.hash });
      });

      it('is carried out once where the former one sends late what its successor has signed anew', async () => {
        const { former, follow, id, before, once } = await signed(`${what} anew`, { eraBlocks: 4 });
        await node.newBlocks(5);
        const successor = await follow();
        await waitFor('it to be signed anew', () => successor.intent(id)?.attempts === 2);
        expect(await bare.head()).to.be.at.least(before?.signed?.death ?? Infinity);
        former.ledger.wake();
        await waitFor('the former one to be answered', () => former.ledger.answers.length > 0);
        expect(former.ledger.answers).to.deep.equal([{ kind: 'refused', error: 'pool.badProof' }]);
        successor.ledger.wake();
        expect(await successor.payer.settled(id)).to.include({ state: 'finalised', attempts: 2 });
        await once();
      });
    });

  it('takes no word from a node of another past for what final blocks hold', async () => {
    const ledger = new ChainLedger(chain);
    const heads = await ledger.heads();
    const { address: signer } = keysOf('nobody');
    const life = { birth: 0, death: 4, nonce: 0, specVersion: 1, bytes: '0x', hash: '0x', callHash: '0x' };
    expect(await ledger.search({ signer, signed: life }, heads)).to.deep.equal({ found: undefined, complete: true });
    const elsewhere = { ...heads, finalized: { ...heads.finalized, hash: heads.genesisHash } };
    expect(await ledger.search({ signer, signed: life }, elsewhere)).to.include({ complete: false });
  });
});

function keysOf(name: string) {
  const keys = sr25519PairFromSeed(blake2AsU8a(name));
  return { ...keys, address: encodeAddress(keys.publicKey, 42) };
}

function signerOf(name: string): WalletSigner {
  const keys = keysOf(name);
  const { address, publicKey } = keys;
  return { address, publicKey, keyType: 'sr25519', sign: (payload) => sr25519Sign(payload, keys) };
}
