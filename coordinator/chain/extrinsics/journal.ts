import type { IntentFailure, IntentRecord } from '../../../common/model/intent.js';
import { hasEnded, walletOf } from '../../../common/model/intent.js';
import type { FleetPort, Transaction } from '../../fleet/port.js';
import { intentNotFound } from './refusals.js';
import { eventOf } from './told.js';
import { toTrim } from './trim.js';

/** The part of the fleet that intents live in. */
export type IntentFleet = Pick<FleetPort, 'intent' | 'intents' | 'transact'>;

/** What a step changes of an intent; what is undefined is taken away. */
export type IntentChange = Partial<
  Pick<IntentRecord, 'state' | 'attempts' | 'genesisHash' | 'fee' | 'tip' | 'signed' | 'block' | 'failure' | 'note'>
>;

/** Ended intents between two looks for old ones. */
const TRIM_EVERY = 64;

/** Writes intents, each change durable before anything is done upon it, and tells those who wait for an end. */
export class Journal {
  readonly #fleet: IntentFleet;
  readonly #waiting = new Map<string, ((ended: IntentRecord) => void)[]>();
  #untrimmed = TRIM_EVERY;

  constructor(fleet: IntentFleet) {
    this.#fleet = fleet;
  }

  get(id: string): IntentRecord | undefined {
    return this.#fleet.intent(id);
  }

  all(): Iterable<IntentRecord> {
    return this.#fleet.intents();
  }

  /** Those of a key that have not ended, in the order they came. */
  unfinished(network: string, signer: string): IntentRecord[] {
    const mine: IntentRecord[] = [];
    for (const intent of this.#fleet.intents())
      if (!hasEnded(intent) && intent.network === network && intent.signer === signer) mine.push(intent);
    return mine.sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  /** Takes a new intent in, unless `judge` throws; resolves once it is durable. */
  async add(make: (nowMs: number) => IntentRecord): Promise<IntentRecord> {
    const { value, durable } = this.#fleet.transact((tx) => {
      const made = make(tx.atMs);
      if (tx.intent(made.id) === made) return made;
      tx.putIntent(made);
      tx.event({ subject: 'fleet', id: '', ...eventOf(made) });
      return made;
    });
    await durable;
    return value;
  }

  /**
   * Resolves with the intent as it is then, once that is durable; one that has ended stays as it is. Throws what the store
   * throws.
   */
  change(id: string, change: IntentChange): Promise<IntentRecord> {
    return this.#change(id, () => change);
  }

  /**
   * What is not to be written down any more is not to be sent either. Throws what the fleet refuses changes with
   * ('not_leader', 'store_failed'). It proves nothing of the moment after, nor does it have to: what is signed is durable.
   */
  requireOpen(): void {
    this.#fleet.transact(() => undefined);
  }

  /** Ends what is not signed, and has the rest neither signed nor sent again. Throws `HeadframeError` ('intent_not_found'). */
  abandon(id: string, by: string): Promise<IntentRecord> {
    return this.#change(id, ({ state, giveUpAtMs }, nowMs) =>
      state === 'journalled'
        ? { state: 'abandoned', note: `given up by ${by}` }
        : { giveUpAtMs: Math.min(giveUpAtMs ?? nowMs, nowMs) },
    );
  }

  async #change(
    id: string,
    decide: (before: IntentRecord, nowMs: number) => IntentChange & Pick<IntentRecord, 'giveUpAtMs'>,
  ): Promise<IntentRecord> {
    const { value, durable } = this.#fleet.transact((tx) => {
      const before = tx.intent(id);
      if (before === undefined) throw intentNotFound(id);
      if (hasEnded(before)) return before;
      const change = decide(before, tx.atMs);
      const hash = change.signed?.hash ?? before.hash;
      const after = { ...before, ...change, ...(hash === undefined ? {} : { hash }), changedAtMs: tx.atMs };
      tx.putIntent(after);
      if (after.state !== before.state) tx.event({ subject: 'fleet', id: '', ...eventOf(after) });
      if (after.failure?.class === 'security_stop') freeze(tx, after, after.failure.error);
      return after;
    });
    await durable;
    if (hasEnded(value)) await this.#tellEnded(value);
    return value;
  }

  /** Ends an intent as failed. */
  fail(id: string, failure: IntentFailure, change: IntentChange = {}): Promise<IntentRecord> {
    return this.change(id, { ...change, state: 'failed', signed: undefined, failure });
  }

  /** Resolves when the intent has ended; at once where it has. */
  ended(intent: IntentRecord): Promise<IntentRecord> {
    if (hasEnded(intent)) return Promise.resolve(intent);
    return new Promise((resolve) => {
      const others = this.#waiting.get(intent.id) ?? [];
      this.#waiting.set(intent.id, [...others, resolve]);
    });
  }

  async #tellEnded(ended: IntentRecord): Promise<void> {
    for (const resolve of this.#waiting.get(ended.id) ?? []) resolve(ended);
    this.#waiting.delete(ended.id);
    this.#untrimmed += 1;
    if (this.#untrimmed < TRIM_EVERY) return;
    this.#untrimmed = 0;
    const { durable } = this.#fleet.transact((tx) => {
      for (const id of toTrim(tx.intents(), tx.atMs)) tx.removeIntent(id);
    });
    await durable;
  }
}

/** Nothing more is signed by a coldkey that somebody else may be taking over. */
function freeze(tx: Transaction, { id: intent, network, wallet }: IntentRecord, error: string): void {
  const record = tx.wallet(walletOf(wallet));
  if (record === undefined || record.frozen !== undefined) return;
  tx.putWallet({ ...record, frozen: { network, intent, error, atMs: tx.atMs } });
  const text = `Wallet ${record.name} signs nothing more: ${error} on ${network} (intent ${intent}).`;
  tx.event({ subject: 'fleet', id: '', reason: 'wallet_frozen', text });
}
