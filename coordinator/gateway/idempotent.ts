import { createHash } from 'node:crypto';
import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { ErrorCode, HeadframeError } from '../../common/model/error.js';
import type { KeyedAnswerRecord } from '../../common/model/keyed-answer.js';
import type { KeptAnswers, KeyOf } from './kept-answers.js';
import { answerGone, keyInvalid, keyReused, outcomeUnknown } from './refusals.js';
import type { Answer } from './route.js';

/** A request that may come again because its answer was lost. */
export interface KeyedRequest {
  /** Of the caller, who has keys of its own. */
  readonly caller: string;
  /** Its `Idempotency-Key`. */
  readonly key: string;
  /** Verb, path and body. */
  readonly parts: readonly unknown[];
  /** Whether it is remembered beyond the life of the process: nothing with a secret in it is. */
  readonly isKept: boolean;
}

interface Kept {
  readonly digest: string;
  /** Monotonic milliseconds. */
  readonly atMs: number;
  readonly answer: Promise<Answer>;
  bytes: number;
}

/** How long an answer is kept, in milliseconds. */
const KEPT_MS = 24 * 3_600_000;
/** Of one caller; the oldest goes first. */
const MOST_KEYS = 256;
const MOST_BYTES = 2 ** 20;
/** The one that was idle longest goes first. */
const MOST_CALLERS = 256;
/** What was refused so was not done. */
const UNDONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['invalid_argument', 'out_of_range', 'unauthenticated', 'permission_denied', 'not_found'] as const),
  ...(['already_exists', 'aborted', 'failed_precondition', 'resource_exhausted', 'unimplemented'] as const),
  'unavailable',
]);

/**
 * Answers of requests that carry a key, so that a repetition is answered as the first was, also while that is under way, and
 * does nothing. Those that are kept are known to a coordinator that starts again, too.
 */
export class IdempotentAnswers {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #store: KeptAnswers | undefined;
  readonly #callers = new Map<string, Map<string, Kept>>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, store?: KeptAnswers) {
    this.#clock = clock;
    this.#store = store;
  }

  /** The answer that was given under the key, or the one that is made now. Throws `HeadframeError` as `make` did, and for keys. */
  async answer(request: KeyedRequest, make: () => Promise<Answer>): Promise<Answer> {
    const { caller, key, parts, isKept } = request;
    if (!/^[!-~]{8,128}$/.test(key)) throw keyInvalid();
    const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64');
    const kept = this.#keysOf(caller);
    const before = kept.get(key);
    if (before !== undefined && before.digest !== digest) throw keyReused();
    if (before !== undefined) return replayed(await before.answer);
    const store = isKept ? this.#store : undefined;
    const earlier = store?.find(request);
    if (earlier !== undefined) return replayed(answerOf(earlier, digest));
    const answer = store === undefined ? make() : remembering(store, request, digest, make);
    const entry: Kept = { digest, atMs: this.#clock.monotonicMs(), answer, bytes: 0 };
    kept.set(key, entry);
    return this.#settled(kept, key, entry);
  }

  async #settled(kept: Map<string, Kept>, key: string, entry: Kept): Promise<Answer> {
    try {
      const answer = await entry.answer;
      entry.bytes = Buffer.byteLength(JSON.stringify(answer.body ?? ''));
      return answer;
    } catch (error) {
      if (isUndone(toHeadframeError(error))) kept.delete(key);
      throw error;
    } finally {
      this.#shrink(kept);
    }
  }

  /** Those of a caller, which is now the one that came last. */
  #keysOf(caller: string): Map<string, Kept> {
    const kept = this.#callers.get(caller) ?? new Map<string, Kept>();
    this.#callers.delete(caller);
    this.#callers.set(caller, kept);
    const [idlest] = this.#callers.size > MOST_CALLERS ? this.#callers.keys() : [];
    if (idlest !== undefined) this.#callers.delete(idlest);
    this.#shrink(kept);
    return kept;
  }

  #shrink(kept: Map<string, Kept>): void {
    let bytes = [...kept.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [key, entry] of kept) {
      const isOld = this.#clock.monotonicMs() - entry.atMs >= KEPT_MS;
      if (!isOld && kept.size <= MOST_KEYS && bytes <= MOST_BYTES) return;
      bytes -= entry.bytes;
      kept.delete(key);
    }
  }
}

function replayed(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } };
}

/** What a request of before was answered. Throws `HeadframeError` where that is another, or was not kept. */
function answerOf({ digest, state, answer }: KeyedAnswerRecord, asked: string): Answer {
  if (digest !== asked) throw keyReused();
  if (state === 'begun') throw outcomeUnknown();
  if (answer === undefined) throw answerGone();
  return answer;
}

/** Makes an answer between two durable notes, of which the second tells what came of it. */
async function remembering(
  store: KeptAnswers,
  key: KeyOf,
  digest: string,
  make: () => Promise<Answer>,
): Promise<Answer> {
  await store.begin(key, digest);
  try {
    const answer = await make();
    // What was done is told, though the note of it is lost: whoever asks again hears that it is not known.
    await store.end(key, answer).catch(() => undefined);
    return answer;
  } catch (error) {
    if (isUndone(toHeadframeError(error))) await store.undo(key).catch(() => undefined);
    throw error;
  }
}

/** Whether it may be tried again under its key. */
function isUndone({ code, reason }: HeadframeError): boolean {
  return UNDONE.has(code) && reason !== 'audit_outcome_unrecorded';
}
