import type { IntentRecord } from '../../../common/model/intent.js';
import { Payer } from '../../../coordinator/chain/extrinsics/index.js';
import type { PayRequest, PayerParts, SpendingCaps } from '../../../coordinator/chain/extrinsics/index.js';
import type { PayerOptions } from '../../../coordinator/chain/extrinsics/options.js';
import type { Fleet } from '../../../coordinator/fleet/index.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
import { notLeader } from '../../../coordinator/leadership/index.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryStore } from '../memory-store.js';
import { ModelChain } from './model-chain.js';
import { ModelLedger } from './model-ledger.js';

const OPTIONS = { eraBlocks: 8, pollMs: 1_000, retryMs: 1_000, resendAfterMs: 3_000, mostAttempts: 200 };

/** A payer over a model chain that can be killed at any moment and started again over what was durable. */
export class PayerWorld {
  readonly clock: ManualClock;
  readonly chain = new ModelChain();
  store: MemoryStore;
  ledger = new ModelLedger(this.chain);
  caps: SpendingCaps | undefined = { perCall: 1_000_000n, perDay: 1_000_000_000n };
  locked = false;
  mayForget = false;
  fleet: Fleet;
  payer: Payer;
  /** Of the current payer's process: resolves when its loop ends, with why where it failed. */
  ended: Promise<unknown> = Promise.resolve();
  /** Ledgers of processes that another leads instead of. */
  readonly #former: ModelLedger[] = [];
  readonly #over = new AbortController();
  #lead: WorldLead;
  #stop = new AbortController();
  #ids = 0;

  constructor(opened: OpenedStore, clock: ManualClock, options: Partial<PayerOptions>) {
    this.fleet = opened.fleet;
    this.store = opened.store;
    this.#lead = opened.lead;
    this.clock = clock;
    this.payer = this.#newPayer(options);
  }

  static async open(options: Partial<PayerOptions> = {}): Promise<PayerWorld> {
    const clock = new ManualClock();
    return new PayerWorld(await openStore(new MemoryStore(), clock), clock, { ...OPTIONS, ...options });
  }

  /** Kills the process and starts another. */
  async restart(options: Partial<PayerOptions> = {}): Promise<void> {
    this.ledger.dead = true;
    this.#stop.abort();
    await this.#begin(this.store.reopen(), options);
  }

  /**
   * The process stands still, and another leads over the same store. What stands still `knows` when it goes on that it leads no more,
   * or believes that it still does: then its store alone tells it.
   */
  async takeOver(knows: boolean): Promise<void> {
    this.ledger.stop();
    this.#former.push(this.ledger);
    this.#lead.knowsOver = knows;
    await this.#begin(this.store.another(), {});
  }

  /** All processes that stand still go on. */
  wake(): void {
    for (const ledger of [...this.#former.splice(0), this.ledger]) ledger.wake();
  }

  /** Time goes by. */
  async pass(ms = 1_000): Promise<void> {
    await this.clock.advanceAsync(ms);
  }

  /** Time goes by, with a block each step that is soon final. */
  async calm(steps: number, lag = 1): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      this.chain.mine();
      this.chain.finalize(lag);
      this.ledger.tellHead();
      await this.pass();
    }
  }

  intents(): IntentRecord[] {
    return [...this.fleet.intents()];
  }

  end(): void {
    this.#stop.abort();
    this.#over.abort();
  }

  async #begin(store: MemoryStore, options: Partial<PayerOptions>): Promise<void> {
    const opened = await openStore(store, this.clock);
    this.store = store;
    this.fleet = opened.fleet;
    this.#lead = opened.lead;
    this.#stop = new AbortController();
    this.ledger = new ModelLedger(this.chain);
    this.payer = this.#newPayer({ ...OPTIONS, ...options });
  }

  #newPayer(options: Partial<PayerOptions>): Payer {
    const { address, ledger } = { address: 'alice', ledger: this.ledger };
    const signer = {
      address,
      publicKey: new Uint8Array(32),
      keyType: 'sr25519',
      sign: () => new Uint8Array(64),
    } as const;
    const parts: PayerParts = {
      fleet: this.fleet,
      clock: this.clock,
      newId: () => `intent-${String((this.#ids += 1))}`,
      ledgerOf: (network) => (network === 'model' ? ledger : undefined),
      wallets: {
        accountOf: () => ({ signer: address }),
        signer: () => {
          if (this.locked) throw new Error('locked');
          return signer;
        },
      },
      capsOf: () => this.caps,
      mayForget: () => this.mayForget,
    };
    const payer = new Payer(parts, options);
    // Ends by its signal, or with the store that the test took away.
    const signal = AbortSignal.any([this.#stop.signal, this.#over.signal]);
    this.ended = payer.start(signal).catch((error: unknown) => error);
    return payer;
  }
}

/** Whether a process has noticed that it leads no more. */
interface WorldLead {
  knowsOver: boolean;
}

interface OpenedStore {
  readonly store: MemoryStore;
  readonly fleet: Fleet;
  readonly lead: WorldLead;
}

async function openStore(store: MemoryStore, clock: ManualClock): Promise<OpenedStore> {
  const lead = { knowsOver: false };
  const refusal = () => (lead.knowsOver ? notLeader(undefined) : undefined);
  return { store, lead, fleet: await openFleet(store, { clock, refusal }) };
}

/** A request to buy a thing, which is a call of its own. */
export function buying(thing: number, more: Partial<PayRequest> = {}): PayRequest {
  const call = { pallet: 'model', method: 'buy', args: [thing] };
  return {
    key: `buy-${String(thing)}`,
    network: 'model',
    wallet: 'cold',
    call,
    purpose: '',
    amount: 100n,
    cap: 200n,
    ...more,
  };
}

/** The effect that shows that a thing was bought. */
export function boughtEffect(thing: number): NonNullable<PayRequest['effect']> {
  return { pallet: 'model', item: 'things', keys: [thing], is: 'present' };
}
