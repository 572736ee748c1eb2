import type { Clock } from '../../../common/model/clock.js';
import { Lane } from '../lane.js';
import type { LaneTurn } from '../lane.js';
import { withDeadline } from './deadline.js';
import { engineError } from './engine-error.js';
import type { EnginePhase } from './engine-error.js';

/** Reads at once; they are cheap for the engine, and one slow answer must not hold up the others. */
const READS_AT_ONCE = 16;
/** Stops wait for their grace and cost little until its end. */
const STOPS_AT_ONCE = 128;

/** Which calls share a bound. */
export type EngineLane = 'start' | 'stop' | 'remove' | 'read' | 'exec';

/** How one call is to be made. */
export interface EngineCall {
  readonly phase: EnginePhase;
  readonly lane: EngineLane;
  /** Longest wait for the answer, from when the lane is free. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Goes before the others of its lane; default `inTurn`. */
  readonly turn?: LaneTurn;
}

/**
 * Makes engine calls: each kind in a lane of its own and each with a deadline, so that a hung engine, a slow stop or
 * many starts delay themselves alone. Failures leave as HeadframeErrors; a caller's abort leaves as its reason.
 */
export class EngineCalls {
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<EngineLane, Lane>>;

  /** `concurrency` bounds creates and starts, and removes, at once. */
  constructor(clock: Clock, concurrency: number) {
    this.#clock = clock;
    this.#lanes = {
      start: new Lane(concurrency),
      stop: new Lane(STOPS_AT_ONCE),
      remove: new Lane(concurrency),
      read: new Lane(READS_AT_ONCE),
      exec: new Lane(READS_AT_ONCE),
    };
  }

  run<T>({ phase, lane, deadlineMs, signal, turn }: EngineCall, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#lanes[lane].run(
      signal,
      async () => {
        try {
          return await withDeadline({ clock: this.#clock, signal, deadlineMs }, call);
        } catch (error) {
          signal.throwIfAborted();
          throw engineError(error, phase);
        }
      },
      turn,
    );
  }
}
