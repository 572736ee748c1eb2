import type { Clock } from '../../common/model/clock.js';

interface Kept<Answer> {
  readonly answer: Answer;
  readonly madeAtMs: number;
}

/** Answers kept at once; those who ask for more sorts of them have theirs made anew. */
const MOST_KEPT = 16;

/** Answers that many ask for at nearly the same time, such as figures that hosts tell once a second: made once for all within `forMs`. */
export class BriefAnswers<Answer> {
  readonly #clock: Clock;
  readonly #forMs: number;
  readonly #kept = new Map<string, Kept<Answer>>();

  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  /** What was made for the same key no longer ago than that, else what `make` makes now. Throws what it throws. */
  of(key: string, make: () => Answer): Answer {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#kept.get(key);
    if (known !== undefined && nowMs - known.madeAtMs < this.#forMs) return known.answer;
    for (const [other, { madeAtMs }] of this.#kept) if (nowMs - madeAtMs >= this.#forMs) this.#kept.delete(other);
    const answer = make();
    if (this.#kept.size < MOST_KEPT) this.#kept.set(key, { answer, madeAtMs: nowMs });
    return answer;
  }
}
