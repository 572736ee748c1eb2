import type { Clock } from '../../common/model/clock.js';

/** A challenge's place in a window: it begins with all the others, and counts as passed only if each of them came to an end. */
export interface WindowSeat {
  /** Resolves once everybody has arrived, with true, or with false when somebody will not. */
  arrive(): Promise<boolean>;
  /** Tells once that this one is over, and whether it came to nothing. */
  end(isVoid: boolean): void;
  /** Resolves once all are over: whether none came to nothing. */
  whole(): Promise<boolean>;
}

/** From the first that is ready until the last has to be, in milliseconds: an engine that is busy may take that long. */
const WAIT_MS = 60_000;

/**
 * Has challenges of several hosts begin at one moment, and stand or fall together. One machine behind two agents would else
 * answer for one after the other: come late, or go away, until the other has done.
 */
export class SweepWindow {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #opened = new Answer();
  readonly #ended = new Answer();
  #isDecided = false;
  #awaited: number;
  #unended: number;
  #hasVoid = false;
  #cancel: (() => void) | undefined;

  /** Of that many challenges, each of which takes a seat. */
  constructor(size: number, clock: Pick<Clock, 'setTimer'>) {
    this.#awaited = size;
    this.#unended = size;
    this.#clock = clock;
  }

  /** A place for one. */
  seat(): WindowSeat {
    let [hasArrived, hasEnded] = [false, false];
    return {
      arrive: () => {
        if (!hasArrived) this.#arrived();
        hasArrived = true;
        return this.#opened.promise;
      },
      end: (isVoid) => {
        if (hasEnded) return;
        hasEnded = true;
        this.#hasVoid ||= isVoid;
        if (!hasArrived) this.#decide(false);
        this.#unended -= 1;
        if (this.#unended === 0) this.#ended.give(!this.#hasVoid);
      },
      whole: () => this.#ended.promise,
    };
  }

  #arrived(): void {
    this.#awaited -= 1;
    if (this.#awaited === 0) this.#decide(true);
    else if (!this.#isDecided)
      this.#cancel ??= this.#clock.setTimer(() => {
        this.#decide(false);
      }, WAIT_MS);
  }

  /** The first decision holds. */
  #decide(isComplete: boolean): void {
    this.#isDecided = true;
    this.#cancel?.();
    this.#opened.give(isComplete);
  }
}

/** A yes or no that is given once. */
class Answer {
  readonly promise: Promise<boolean>;
  give: (is: boolean) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => (this.give = resolve));
  }
}
