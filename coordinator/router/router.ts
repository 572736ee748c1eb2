import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { FleetPort } from '../fleet/port.js';
import { allBusy, noneReached, tooSlow } from './ask-errors.js';
import type { Outcome } from './figures.js';
import { NotReached, Passing } from './passing.js';
import type { Answering, AskTerms, Question } from './question.js';
import type { ReachPort } from './reach.js';
import type { Replica } from './replica.js';
import type { ReplicaSet } from './replica-set.js';
import { RouteTable } from './route-table.js';
import { whyNone } from './why-none.js';

/** What it works with. */
export interface RouterParts {
  readonly fleet: FleetPort;
  readonly reach: ReachPort;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

/** A question that has ended. */
export interface Asked {
  readonly model: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
}

/** Instances that are tried with one question before it is given up. */
const MOST_TRIES = 3;
/** How long an instance that took no connection is left alone where there are others, in milliseconds. */
const REST_MS = 2_000;

/** One question with where it goes and comes from. */
interface Asking {
  readonly question: Question;
  readonly answering: Answering;
  readonly signal: AbortSignal;
}

/**
 * Has models answer: the instance with the least under way is asked, another where it takes no connection, and never a second one
 * of what may have reached the first. Who goes, drains or fails its health check is asked no more from the same turn on.
 */
export class Router {
  readonly table: RouteTable;
  readonly #parts: RouterParts;
  readonly #terms: AskTerms;
  readonly #listeners: ((asked: Asked) => void)[] = [];

  constructor(parts: RouterParts, terms: AskTerms) {
    this.#parts = parts;
    this.#terms = terms;
    this.table = new RouteTable({ ...parts, terms, nowMs: () => parts.clock.monotonicMs() });
  }

  /**
   * Has an instance of a model answer; resolves once all of it was passed on. Throws `HeadframeError`: failed_precondition
   * ('not_a_model'), unavailable ('model_not_ready', 'model_busy', 'model_unreached', 'model_reply_broken'), deadline_exceeded
   * ('model_timeout'), cancelled. Where the answer had begun, it is broken off then.
   */
  async ask(question: Question, answering: Answering, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const set = this.table.of(question.model);
    const beganMs = clock.monotonicMs();
    let outcome: Outcome = 'unreached';
    set.figures.outstanding += 1;
    try {
      outcome = await this.#askSome(set, { question, answering, signal });
    } catch (error) {
      outcome = outcomeOf(error, signal);
      throw error;
    } finally {
      const nowMs = clock.monotonicMs();
      set.figures.outstanding -= 1;
      set.figures.take(outcome, nowMs - beganMs, nowMs);
      const asked = { model: question.model, outcome, durationMs: nowMs - beganMs };
      for (const listener of this.#listeners) listener(asked);
    }
  }

  /** Has each question told that has ended. */
  readonly onEnded = (listener: (asked: Asked) => void): void => {
    this.#listeners.push(listener);
  };

  /** Ends all that is under way. */
  close(): Promise<void> {
    this.table.close();
    return Promise.resolve();
  }

  async #askSome(set: ReplicaSet, asking: Asking): Promise<Outcome> {
    const body = new Untouched(asking.question.body);
    const question = { ...asking.question, body: body.value };
    const tried = new Map<Replica, string>();
    for (;;) {
      const replica = this.#pick(set, question.model, tried);
      try {
        return await this.#askOne(replica, { ...asking, question });
      } catch (error) {
        if (!(error instanceof NotReached)) throw error;
        tried.set(replica, error.message);
        replica.restUntilMs = this.#parts.clock.monotonicMs() + REST_MS;
        if (body.isTouched || tried.size >= MOST_TRIES) throw unreached(question.model, tried);
      }
    }
  }

  #pick(set: ReplicaSet, model: string, tried: ReadonlyMap<Replica, string>): Replica {
    const picked = set.pick(new Set(tried.keys()));
    if ('replica' in picked) return picked.replica;
    if (tried.size > 0) throw unreached(model, tried);
    if (picked.none === 'busy') throw allBusy(model, [...set.replicas].length, this.#terms.maxOutstanding);
    throw whyNone(this.#parts.fleet, model);
  }

  async #askOne(replica: Replica, asking: Asking): Promise<Outcome> {
    const { clock } = this.#parts;
    const beganMs = clock.monotonicMs();
    let outcome: Outcome = 'unreached';
    replica.figures.outstanding += 1;
    try {
      outcome = await this.#pass(replica, asking);
      return outcome;
    } catch (error) {
      outcome = outcomeOf(error, asking.signal);
      throw error;
    } finally {
      const nowMs = clock.monotonicMs();
      replica.figures.outstanding -= 1;
      replica.figures.take(outcome, nowMs - beganMs, nowMs);
    }
  }

  async #pass(replica: Replica, { question, answering, signal }: Asking): Promise<Outcome> {
    const { clock } = this.#parts;
    const passing = new Passing({ instance: replica.id, answering, terms: this.#terms, clock });
    const leave = (): void => {
      passing.stop(left());
    };
    const stopTimer = clock.setTimer(() => {
      passing.stop(tooSlow(replica.id, `has not ended its answer within ${String(this.#terms.totalMs)} ms`));
    }, this.#terms.totalMs);
    signal.addEventListener('abort', leave, { once: true });
    try {
      const dispatcher = await replica.dispatcher();
      if (signal.aborted) throw left();
      const { path, verb: method, headers, body } = question;
      // It takes any iterable of bytes, and tells less in its types.
      dispatcher.dispatch({ path, method, headers, body: (body ?? null) as Uint8Array | null }, passing);
      return await passing.settled;
    } finally {
      stopTimer();
      signal.removeEventListener('abort', leave);
    }
  }
}

/** A body that knows whether somebody has begun to read it, after which it cannot be sent elsewhere. */
class Untouched {
  readonly value: Question['body'];
  isTouched = false;

  constructor(body: Question['body']) {
    const isStream = body !== undefined && !(body instanceof Uint8Array);
    this.value = isStream ? { [Symbol.asyncIterator]: () => this.#touch(body) } : body;
  }

  #touch(body: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
    this.isTouched = true;
    return body[Symbol.asyncIterator]();
  }
}

function unreached(model: string, tried: ReadonlyMap<Replica, string>): HeadframeError {
  const ids = [...tried.keys()].map(({ id }) => id);
  return noneReached(model, ids, [...tried.values()].at(-1) ?? '');
}

function left(): HeadframeError {
  return new HeadframeError({ code: 'cancelled', reason: 'cancelled', message: 'whoever asked has left' });
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return 'left';
  if (error instanceof NotReached || !(error instanceof HeadframeError)) return 'unreached';
  switch (error.code) {
    case 'deadline_exceeded':
      return 'timedOut';
    case 'cancelled':
      return 'left';
    default:
      return error.reason === 'model_reply_broken' ? 'broken' : 'unreached';
  }
}
