import type { Clock } from '../../common/model/clock.js';

/** What is asked, and by which clock what is known of it grows old. */
export interface ReadIndexParts {
  readonly clock: Pick<Clock, 'bootMs'>;
  /** Asks the one that leads for its revision; undefined where it is not to be had. Never rejects. */
  readonly ask: () => Promise<number | undefined>;
  /** Revision of the records that are here; undefined while there are none. */
  readonly here: () => number | undefined;
  /** Told that the one that leads lacks what was here before it was asked: that was lost. */
  readonly onLost: (revision: number) => void;
}

/** When that was the revision of the one that leads, on the boot clock: nothing above it had been acknowledged until then. */
interface Known {
  readonly sentMs: number;
  readonly revision: number;
}

/** The boot clock counts in steps, of which two readings may differ by as much more. */
const CLOCK_GRAIN_MS = 20;
/** Answers that have not been reached yet: where there are more, only the newest one of the rest is kept. */
const MOST_KEPT = 64;

/**
 * How new records are that another coordinator changes, by its own word: it says, while it leads, at which revision it is, and whoever
 * has that knows all that was acknowledged before the question was sent. The read index of the Raft dissertation, section 6.4.
 */
export class ReadIndex {
  readonly #parts: ReadIndexParts;
  #reached: Known | undefined;
  #told = 0;
  /** In the order of questions. */
  #ahead: Known[] = [];
  #underWay: Promise<unknown> | undefined;
  #next: Promise<number | undefined> | undefined;

  constructor(parts: ReadIndexParts) {
    this.#parts = parts;
  }

  /** What the one that leads has answered last; 0 before it has. */
  get told(): number {
    return this.#told;
  }

  /**
   * Resolves with the answer to a question that is sent after the call; undefined where there was none. One is under way at a time,
   * and the next is everybody's who has come meanwhile.
   */
  ask(): Promise<number | undefined> {
    if (this.#next !== undefined) return this.#next;
    if (this.#underWay === undefined) return this.#send();
    this.#next = this.#underWay.then(() => {
      this.#next = undefined;
      return this.#send();
    });
    return this.#next;
  }

  /** Milliseconds, at the most, that records of that revision are old; Infinity while that is not known. */
  ageMs(revision: number): number {
    const at = this.#ahead.findLastIndex((known) => known.revision <= revision);
    if (at >= 0) {
      this.#reached = this.#ahead[at];
      this.#ahead = this.#ahead.slice(at + 1);
    }
    // Records that were read anew may be older than those before.
    if (this.#reached === undefined || revision < this.#reached.revision) return Infinity;
    return this.#parts.clock.bootMs() - this.#reached.sentMs + CLOCK_GRAIN_MS;
  }

  #send(): Promise<number | undefined> {
    const { clock, ask, here, onLost } = this.#parts;
    const [sentMs, least] = [clock.bootMs(), here() ?? 0];
    const answered = ask().then((revision) => {
      this.#underWay = undefined;
      if (revision === undefined) return undefined;
      this.#told = revision;
      if (revision < least) {
        [this.#ahead, this.#reached] = [[], undefined];
        onLost(revision);
        return revision;
      }
      if (this.#ahead.length >= MOST_KEPT) this.#ahead.pop();
      this.#ahead.push({ sentMs, revision });
      return revision;
    });
    this.#underWay = answered;
    return answered;
  }
}
