import { createHash } from 'node:crypto';
import type { Clock } from '../../common/model/clock.js';
import type { KeptAnswer, KeyedAnswerRecord } from '../../common/model/keyed-answer.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import type { Answer } from './route.js';

/** Whose request it is, and under which key. */
export interface KeyOf {
  readonly caller: string;
  readonly key: string;
}

/** How long a request is known, in milliseconds. */
const KNOWN_MS = 24 * 3_600_000;
/** Of one caller, and of all; the oldest goes first. */
const MOST_OF_CALLER = 256;
const MOST = 4_096;
/** An answer larger than this is not kept; nor, of the oldest, what is beyond so much of all. */
const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_BYTES = 8 * 2 ** 20;

/** Requests that carried a key with what came of them, in the fleet's store: that one begins is durable before it does. */
export class KeptAnswers {
  readonly #fleet: FleetPort;
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(fleet: FleetPort, clock: Pick<Clock, 'nowMs'>) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  /** What is known of a request; undefined after a day. */
  find(key: KeyOf): KeyedAnswerRecord | undefined {
    const record = this.#fleet.keyedAnswer(idOf(key));
    return record === undefined || this.#isOld(record) ? undefined : record;
  }

  /** A request begins; resolves once that is durable. */
  async begin(key: KeyOf, digest: string): Promise<void> {
    const id = idOf(key);
    const atMs = this.#clock.nowMs();
    const { durable } = this.#fleet.transact((tx) => {
      tx.putKeyedAnswer({ ...{ id, caller: key.caller, digest, atMs, bytes: 0 }, state: 'begun' });
      this.#forget(tx, id);
    });
    await durable;
  }

  /** It was done; resolves once its answer is durable, as far as that is kept. */
  async end(key: KeyOf, answer: Answer): Promise<void> {
    const kept = keptOf(answer);
    await this.#change(key, (tx, record) => {
      const bytes = kept === undefined ? 0 : sizeOf(kept);
      tx.putKeyedAnswer({ ...record, state: 'done', bytes, ...(kept === undefined ? {} : { answer: kept }) });
    });
  }

  /** It was refused, so that it may be tried again under its key. */
  async undo(key: KeyOf): Promise<void> {
    await this.#change(key, (tx, { id }) => {
      tx.removeKeyedAnswer(id);
    });
  }

  async #change(key: KeyOf, change: (tx: Transaction, record: KeyedAnswerRecord) => void): Promise<void> {
    const { durable } = this.#fleet.transact((tx) => {
      const record = tx.keyedAnswer(idOf(key));
      if (record !== undefined) change(tx, record);
    });
    await durable;
  }

  /** Forgets what is too old or too much, and never the one that begins. */
  #forget(tx: Transaction, begins: string): void {
    const newestFirst = [...tx.keyedAnswers()].sort((one, other) => other.atMs - one.atMs);
    const ofCaller = new Map<string, number>();
    let [count, bytes] = [0, 0];
    for (const record of newestFirst) {
      const own = (ofCaller.get(record.caller) ?? 0) + 1;
      ofCaller.set(record.caller, own);
      count += 1;
      bytes += record.bytes;
      const isTooMuch = count > MOST || own > MOST_OF_CALLER || bytes > MOST_BYTES;
      if (record.id !== begins && (isTooMuch || this.#isOld(record))) tx.removeKeyedAnswer(record.id);
    }
  }

  #isOld({ atMs }: KeyedAnswerRecord): boolean {
    return this.#clock.nowMs() - atMs >= KNOWN_MS;
  }
}

function idOf({ caller, key }: KeyOf): string {
  return createHash('sha256')
    .update(JSON.stringify([caller, key]))
    .digest('base64url');
}

/** Undefined for what is too large, or no text and no JSON. */
function keptOf({ status, body, type, headers = {} }: Answer): KeptAnswer | undefined {
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) return undefined;
  const kept = { status, body, headers, ...(type === undefined ? {} : { type }) };
  return sizeOf(kept) > MOST_ANSWER_BYTES ? undefined : kept;
}

function sizeOf(kept: KeptAnswer): number {
  return Buffer.byteLength(JSON.stringify(kept));
}
