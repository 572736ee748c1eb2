import type { Logger } from '../common/observe/logger.js';
import type { Runtime } from './runtime/runtime.js';
import type { AgentState } from './state/agent-state.js';

/** What the care for leases works with. */
export interface LeaseCareParts {
  readonly runtime: Pick<Runtime, 'keepLeases'>;
  readonly state: Pick<AgentState, 'held'>;
  /** Serials of all that is assigned, kept or found on the engine. */
  readonly held: () => readonly number[];
  readonly logger: Logger;
}

/** Has what leases have on this host put right: their walls stand, and what nobody holds is freed. */
export class LeaseCare {
  readonly #parts: LeaseCareParts;
  #isUnderWay = false;

  constructor(parts: LeaseCareParts) {
    this.#parts = parts;
  }

  /** To be called after each list of the engine, and so after it was away. Does nothing before a coordinator has told what is held. */
  look(signal: AbortSignal): void {
    const { runtime, state, held, logger } = this.#parts;
    if (runtime.keepLeases === undefined || state.held.epoch === 0 || this.#isUnderWay) return;
    this.#isUnderWay = true;
    runtime
      .keepLeases(() => new Set(held()), signal)
      .catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ err: error }, 'what leases have on this host could not be put right');
      })
      .finally(() => {
        this.#isUnderWay = false;
      });
  }
}
