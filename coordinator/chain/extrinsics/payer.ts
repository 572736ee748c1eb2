import type { Clock } from '../../../common/model/clock.js';
import { hasEnded, walletOf } from '../../../common/model/intent.js';
import type { IntentRecord } from '../../../common/model/intent.js';
import { silentLogger } from '../../../common/observe/logger.js';
import type { Logger } from '../../../common/observe/logger.js';
import { judgeCaps, spentIn } from './caps.js';
import type { SpendingCaps } from './caps.js';
import { chargesOf, refusalOf } from './charges.js';
import type { Charges } from './charges.js';
import { Journal } from './journal.js';
import type { IntentFleet } from './journal.js';
import { Lane } from './lane.js';
import type { LaneKey, LaneParts } from './lane-parts.js';
import { PAYER_OPTIONS } from './options.js';
import type { PayerOptions } from './options.js';
import type { EffectReading, Ledger, WalletSigner } from './ports.js';
import {
  capBroken,
  capMissing,
  intentNotFound,
  keyReused,
  networkMissing,
  notKept,
  payerFull,
  requireSound,
} from './refusals.js';
import type { PayRequest } from './request.js';
import { intentOf, isSameRequest } from './request.js';

/** What a payer works with. */
export interface PayerParts {
  readonly fleet: IntentFleet;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Silent when left out. */
  readonly logger?: Logger;
  /** Undefined for a network that is not there. */
  readonly ledgerOf: (network: string) => Ledger | undefined;
  readonly wallets: {
    /** Whose key it is, also while it is locked. Throws `HeadframeError` ('wallet_not_found', 'wallet_watch_only'). */
    readonly accountOf: (wallet: string) => PayingAccount;
    /** Throws `HeadframeError` ('wallet_not_found', 'wallet_locked'). */
    readonly signer: (wallet: string) => WalletSigner | Promise<WalletSigner>;
  };
  /** Whether the store may forget what it has acknowledged: nothing that costs is begun then. Never when left out. */
  readonly mayForget?: (() => boolean) | undefined;
  /** Undefined where none were set: nothing is paid then. */
  readonly capsOf: (network: string, wallet: string) => SpendingCaps | undefined;
}

/** Who pays, in SS58. */
export interface PayingAccount {
  /** Of the key that signs. */
  readonly signer: string;
  /** The account that it signs for as a proxy. */
  readonly real?: string | undefined;
}

/** What would come of a request now; nothing was sent or written. */
export interface DryRun extends Charges {
  readonly account: PayingAccount;
  /** Why it would be refused, such as `intent.balance_too_low` or `intent.cap_day`; undefined where it would be sent. */
  readonly refusal: string | undefined;
  /** Whether what it is for is there already, so that nothing would be paid. */
  readonly effect: EffectReading;
}

/**
 * Makes calls that cost, each once. Every key has a lane of its own; what is asked for twice under one key of its author is one
 * intent; a crash between any two steps is settled by reading the chain.
 */
export class Payer {
  readonly #parts: PayerParts;
  readonly #options: PayerOptions;
  readonly #journal: Journal;
  readonly #lanes = new Map<string, { readonly lane: Lane; readonly ended: Promise<void> }>();
  #signal: AbortSignal | undefined;
  #tellFailed: (error: unknown) => void = () => undefined;

  constructor(parts: PayerParts, options: Partial<PayerOptions> = {}) {
    this.#parts = parts;
    this.#options = { ...PAYER_OPTIONS, ...options };
    this.#journal = new Journal(parts.fleet);
  }

  /** Settles what is unfinished, then pays what is asked for, until the signal; rejects when the store has failed. */
  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const failed = new Promise<never>((_resolve, reject) => (this.#tellFailed = reject));
    for (const intent of this.#journal.all()) if (!hasEnded(intent)) this.#laneOf(intent);
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, failed]);
    await Promise.all([...this.#lanes.values()].map(({ ended }) => ended));
  }

  /**
   * Resolves once the intent is durable; what became of it tells `settled`. The same key again answers the same intent. Throws
   * `HeadframeError`: resource_exhausted ('spending_cap_call', 'spending_cap_day', 'payer_full'), failed_precondition
   * ('spending_cap_missing', 'payment_not_kept'), already_exists ('intent_key_reused'), not_found ('network_not_found'), invalid_argument
   * ('intent_invalid'), and without a cap of its own what the ledger throws.
   */
  async pay(request: PayRequest): Promise<IntentRecord> {
    const { account, ledger } = this.#groundOf(request);
    const known = this.#withKey(request) !== undefined;
    const cap = known ? request.amount : await capOf(request, account, ledger);
    const { genesisHash } = ledger;
    const intent = await this.#journal.add((nowMs) => {
      const before = this.#withKey(request);
      if (before !== undefined) return before;
      this.#requireRoom({ network: request.network, signer: account.signer });
      this.#requireWithinCaps({ ...request, cap }, nowMs);
      return intentOf(request, { id: this.#parts.newId(), ...account, cap, genesisHash, nowMs });
    });
    if (!hasEnded(intent)) this.#laneOf(intent)?.poke();
    return intent;
  }

  /** What `pay` would do now. Throws what that throws but for caps, and what the ledger throws. */
  async dryRun(request: PayRequest): Promise<DryRun> {
    const { account, ledger } = this.#groundOf(request);
    const nowMs = this.#parts.clock.nowMs();
    const fee = await feeOf(request, account, ledger);
    const cap = request.cap ?? capFor(request, fee);
    const intent = intentOf(request, { id: '', ...account, cap, genesisHash: undefined, nowMs });
    const effect = request.effect === undefined ? 'unreadable' : await ledger.effect(request.effect);
    const charges = await chargesOf(intent, fee, ledger);
    const breach = this.#breachOf({ ...request, cap }, nowMs);
    const refusal = typeof breach === 'object' ? `intent.cap_${breach.cap}` : breach;
    return { ...charges, account, effect, refusal: refusal ?? refusalOf(charges) };
  }

  /**
   * Gives an intent up: what is not signed ends at once, what is signed is not sent or signed again. Resolves with it as it is
   * then. Throws `HeadframeError` (not_found 'intent_not_found').
   */
  async abandon(id: string, by: string): Promise<IntentRecord> {
    const intent = await this.#journal.abandon(id, by);
    if (!hasEnded(intent)) this.#laneOf(intent)?.poke();
    return intent;
  }

  /** Resolves with the intent once it has ended. Throws `HeadframeError` (not_found 'intent_not_found'). */
  settled(id: string): Promise<IntentRecord> {
    const intent = this.#journal.get(id);
    return intent === undefined ? Promise.reject(intentNotFound(id)) : this.#journal.ended(intent);
  }

  /** What a wallet and its hotkeys have spent on a network in 24 hours, or may still. */
  spentBy(network: string, wallet: string): bigint {
    return spentIn(this.#callsOf(network, wallet), this.#parts.clock.nowMs());
  }

  /** What an intent that has not ended waits for; '' when nothing is known. */
  whyOf({ id, ...key }: IntentRecord): string {
    return this.#lanes.get(nameOf(key))?.lane.whyOf(id) ?? '';
  }

  #groundOf(request: PayRequest): { readonly account: PayingAccount; readonly ledger: Ledger } {
    requireSound(request);
    const account = this.#parts.wallets.accountOf(request.wallet);
    const ledger = this.#parts.ledgerOf(request.network);
    if (ledger === undefined) throw networkMissing(request.network);
    const { signer, real } = account;
    return { account: { signer, real: request.real ?? real }, ledger };
  }

  #callsOf(network: string, wallet: string): IntentRecord[] {
    const name = walletOf(wallet);
    return [...this.#journal.all()].filter((intent) => intent.network === network && walletOf(intent.wallet) === name);
  }

  #withKey({ network, key, ...request }: PayRequest): IntentRecord | undefined {
    for (const intent of this.#journal.all()) {
      if (intent.key !== key || intent.network !== network) continue;
      if (isSameRequest(intent, request)) return intent;
      throw keyReused(key, intent.id);
    }
    return undefined;
  }

  #requireRoom(key: LaneKey): void {
    if (this.#journal.unfinished(key.network, key.signer).length >= this.#options.mostWaiting)
      throw payerFull(this.#options.mostWaiting);
  }

  #requireWithinCaps(request: Capped, nowMs: number): void {
    const breach = this.#breachOf(request, nowMs);
    if (breach === 'intent.cap_missing') throw capMissing(request);
    if (breach === 'intent.not_kept') throw notKept();
    if (breach !== undefined) throw capBroken(request, breach);
  }

  #breachOf({ cap, network, wallet }: Capped, nowMs: number) {
    if (cap === 0n) return undefined;
    if (this.#parts.mayForget?.() === true) return 'intent.not_kept';
    const caps = this.#parts.capsOf(network, wallet);
    if (caps === undefined) return 'intent.cap_missing';
    return judgeCaps(cap, caps, this.#callsOf(network, wallet), nowMs);
  }

  /** The lane of an intent's key, running; undefined before `start` and after its end. */
  #laneOf({ network, signer }: LaneKey): Lane | undefined {
    const signal = this.#signal;
    if (signal === undefined || signal.aborted) return undefined;
    const key = { network, signer };
    const running = this.#lanes.get(nameOf(key));
    if (running !== undefined) return running.lane;
    const lane = new Lane(this.#laneParts(), key);
    const ended = lane.run(signal).then(
      () => {
        this.#lanes.delete(nameOf(key));
        // What came in while it ended.
        if (this.#journal.unfinished(network, signer).length > 0) this.#laneOf(key);
      },
      (error: unknown) => this.#tellFailed(error),
    );
    this.#lanes.set(nameOf(key), { lane, ended });
    return lane;
  }

  #laneParts(): LaneParts {
    const { clock, ledgerOf, wallets, logger = silentLogger } = this.#parts;
    return { journal: this.#journal, clock, logger, ledgerOf, signerOf: wallets.signer, options: this.#options };
  }
}

function nameOf({ network, signer }: LaneKey): string {
  return `${network} ${signer}`;
}

/** What a request may cost, on whose account. */
type Capped = Pick<IntentRecord, 'network' | 'wallet'> & { readonly cap: bigint };

function feeOf({ call }: PayRequest, { signer, real }: PayingAccount, ledger: Ledger): Promise<bigint> {
  return ledger.fee(call, real, signer);
}

async function capOf(request: PayRequest, account: PayingAccount, ledger: Ledger): Promise<bigint> {
  return request.cap ?? capFor(request, await feeOf(request, account, ledger));
}

/** A fee may rise while a call waits. */
function capFor({ amount, maxTip = 0n }: PayRequest, fee: bigint): bigint {
  return amount + 2n * fee + maxTip;
}
