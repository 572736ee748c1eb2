import type { IntentRecord } from '../../../common/model/intent.js';
import { Payer } from '../../../coordinator/chain/extrinsics/index.js';
import type { PayRequest, PayerParts, SpendingCaps } from '../../../coordinator/chain/extrinsics/index.js';
import type { PayerOptions } from '../../../coordinator/chain/extrinsics/options.js';
import type { Fleet } from '../../../coordinator/fleet/index.js';
import { openFleet } from '../../../coordinator/fleet/index.js';
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
  fleet: Fleet;
  payer: Payer;
  #stop = new AbortController();
  #ids = 0;

  constructor(fleet: Fleet, store: MemoryStore, clock: ManualClock, options: Partial<PayerOptions>) {
    this.fleet = fleet;
    this.store = store;
    this.clock = clock;
    this.payer = this.#newPayer(options);
  }

  static async open(options: Partial<PayerOptions> = {}): Promise<PayerWorld> {
    const store = new MemoryStore();
    const clock = new ManualClock();
    return new PayerWorld(await openFleet(store, { clock }), store, clock, { ...OPTIONS, ...options });
  }

  /** Kills the process and starts another. */
  async restart(options: Partial<PayerOptions> = {}): Promise<void> {
    this.ledger.dead = true;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.store = this.store.reopen();
    this.fleet = await openFleet(this.store, { clock: this.clock });
    this.ledger = new ModelLedger(this.chain);
    this.payer = this.#newPayer({ ...OPTIONS, ...options });
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
    };
    const payer = new Payer(parts, options);
    // Ends by its signal, or with the store that the test took away.
    payer.start(this.#stop.signal).catch(() => undefined);
    return payer;
  }
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
