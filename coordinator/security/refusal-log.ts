import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';

/** Lines in a second: enough to see what goes on, and too few to fill a disk by knocking. */
const LINES_A_SECOND = 10;

/** Logs who was refused and why, and beyond so many in a second only how many more there were. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #sinceMs = -Infinity;
  #lines = 0;
  #unsaid = 0;

  constructor(logger: Logger, clock: Pick<Clock, 'monotonicMs'>) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Something was refused. */
  readonly note = (refused: object): void => {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#sinceMs >= 1000) this.#begin(nowMs);
    this.#lines += 1;
    if (this.#lines > LINES_A_SECOND) this.#unsaid += 1;
    else this.#logger.warn(refused, 'refused');
  };

  #begin(nowMs: number): void {
    if (this.#unsaid > 0) this.#logger.warn({ more: this.#unsaid }, 'refused more');
    this.#sinceMs = nowMs;
    this.#lines = 0;
    this.#unsaid = 0;
  }
}
