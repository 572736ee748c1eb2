import type { Clock } from '../../common/model/clock.js';

/** Instances in one request. */
const MOST_ASKED = 1_000;
/** An answer that has not come by then is asked for again. */
const ANSWER_MS = 20_000;
/** What could not be given is asked for again after this time; a new value is told of at once. */
const RETRY_MS = 30_000;

/** What asking works with. */
export interface AskingParts {
  /** Asks for the secrets of these instances; false when there is no session, or no room in it. */
  readonly send: (serials: readonly number[]) => boolean;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Asks for the secrets of instances, one request after another, and again where no answer comes. */
export class Asking {
  readonly #parts: AskingParts;
  readonly #wanted = new Set<number>();
  readonly #later = new Set<number>();
  #unanswered = new Set<number>();
  #cancelLate: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(parts: AskingParts) {
    this.#parts = parts;
  }

  /** Asks for these as soon as it can. */
  want(serials: Iterable<number>): void {
    for (const serial of serials) this.#wanted.add(serial);
    this.#ask();
  }

  /** Asks for this one after a while. */
  wantLater(serial: number): void {
    this.#later.add(serial);
    this.#cancelRetry ??= this.#parts.clock.setTimer(() => {
      this.#cancelRetry = undefined;
      const due = [...this.#later];
      this.#later.clear();
      this.want(due);
    }, RETRY_MS);
  }

  /** Takes note of an answer. */
  answered(serial: number): void {
    if (this.#unanswered.delete(serial) && this.#unanswered.size === 0) this.#next();
  }

  /** Asks anew: what was asked in an earlier session nobody will answer. */
  sessionBegan(serials: Iterable<number> = []): void {
    for (const asked of [this.#unanswered, serials]) for (const serial of asked) this.#wanted.add(serial);
    this.#next();
  }

  /** Asks no more for this one. */
  forget(serial: number): void {
    this.#wanted.delete(serial);
    this.#later.delete(serial);
    this.answered(serial);
  }

  /** Ends it. */
  close(): void {
    this.#cancelLate?.();
    this.#cancelRetry?.();
    this.#wanted.clear();
  }

  #next(): void {
    this.#unanswered.clear();
    this.#cancelLate?.();
    this.#cancelLate = undefined;
    this.#ask();
  }

  #ask(): void {
    if (this.#unanswered.size > 0 || this.#wanted.size === 0) return;
    const asked = [...this.#wanted].slice(0, MOST_ASKED);
    if (!this.#parts.send(asked)) {
      // There may be room in the session a while later, and nothing else that makes it ask.
      for (const serial of asked) this.wantLater(serial);
      return;
    }
    for (const serial of asked) this.#wanted.delete(serial);
    this.#unanswered = new Set(asked);
    this.#cancelLate = this.#parts.clock.setTimer(() => {
      this.sessionBegan();
    }, ANSWER_MS);
  }
}
