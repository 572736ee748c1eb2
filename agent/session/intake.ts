import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { AgentState, HeldAssignments } from '../state/agent-state.js';
import type { Taken } from './assignments.js';
import { staleEpoch, tooManyChanges } from './session-errors.js';
import { reportUntaken } from './untaken.js';

/** The parts an intake works with. */
export interface IntakeParts {
  readonly state: Pick<AgentState, 'held' | 'saveHeld'>;
  /** Called with new assignments once they are on stable storage. */
  readonly onAssigned: (held: HeldAssignments) => void;
  /** Called when what was sent does not build on what is held: all of it is needed. */
  readonly onGap: () => void;
  /** Called with why instances do not begin. */
  readonly onReport: (report: InstanceReport) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Changes of assignments that may wait for the disk. */
const MOST_WAITING = 256;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;

/**
 * Takes assignments in one after another, each on stable storage before it is acted on. A disk that refuses them is told
 * of and tried again, while the session and its lease go on; nothing is acted on meanwhile.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #ended: AbortSignal;
  #taking: Promise<void> = Promise.resolve();
  #waiting = 0;
  #askedForAll = false;

  /** Gives up waiting for the disk when the signal is aborted. */
  constructor(parts: IntakeParts, ended: AbortSignal) {
    this.#parts = parts;
    this.#ended = ended;
  }

  /** Queues a change; resolves once it is dealt with. Rejects when it cannot be, which must end the session. */
  async take(take: (held: HeldAssignments) => Taken): Promise<void> {
    if (this.#waiting >= MOST_WAITING) throw tooManyChanges();
    this.#waiting += 1;
    const mine = this.#taking.then(() => this.#takeNow(take));
    this.#taking = mine
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    await mine;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#taking;
  }

  async #takeNow(take: (held: HeldAssignments) => Taken): Promise<void> {
    const taken = take(this.#parts.state.held);
    if (taken.ok) {
      await this.#store(taken.held);
      this.#askedForAll = false;
      this.#parts.onAssigned(taken.held);
      return;
    }
    if (taken.why === 'stale_epoch') throw staleEpoch();
    // Those that follow do not fit either: the answer comes behind them.
    if (this.#askedForAll) return;
    this.#askedForAll = true;
    this.#parts.onGap();
  }

  async #store(next: HeldAssignments): Promise<void> {
    const { state, clock, logger, onReport } = this.#parts;
    for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(LONGEST_RETRY_MS, 2 * pauseMs)) {
      try {
        await state.saveHeld(next);
        return;
      } catch (error) {
        this.#ended.throwIfAborted();
        logger.error({ err: error, retryMs: pauseMs }, 'new assignments cannot be stored, and so not be acted on');
        for (const report of reportUntaken(state.held, next, error, clock.nowMs())) onReport(report);
        await clock.sleep(pauseMs, this.#ended);
      }
    }
  }
}
