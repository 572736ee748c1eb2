import type { InstanceState } from '../../common/model/instance.js';

/** How an instance ended for good on this host. */
export interface InstanceEnd {
  readonly state: Extract<InstanceState, 'stopped' | 'failed'>;
  readonly reason: string;
  readonly text: string;
  readonly exitCode: number | undefined;
}

/** A reason code with its words. */
export interface Reason {
  readonly reason: string;
  readonly text: string;
}

/** What the agent remembers of an instance beyond what its container tells; kept across restarts of the agent. */
export interface InstanceRecord {
  /** Starts after the first. */
  readonly restarts: number;
  /** Times of ends that count against the restart limit, oldest first, unix milliseconds. */
  readonly recentEndsMs: readonly number[];
  /** Start time of the last run whose end was counted, so that each end counts once. */
  readonly countedRunMs: number;
  /** No start and no pull before this time, unix milliseconds. */
  readonly notBeforeMs: number;
  /** No stop or removal before this time, unix milliseconds; 0 unless the last one failed. */
  readonly endNotBeforeMs: number;
  /** The image was found or pulled since it was last missed. */
  readonly prepared: boolean;
  /** A container was started at least once. */
  readonly launched: boolean;
  /** Failures in a row of preparing and launching, or of stopping and removing. */
  readonly failures: number;
  /** Why it is not further: the last failure, or what a restart waits for. */
  readonly problem: Reason | undefined;
  /** Why the agent is ending the present run, decided before it stops it. */
  readonly ending: Reason | undefined;
  /** Exit code of the last run. */
  readonly exitCode: number | undefined;
  readonly end: InstanceEnd | undefined;
}

/** The memory of an instance never dealt with before. */
export const NEW_RECORD: InstanceRecord = Object.freeze({
  restarts: 0,
  recentEndsMs: [],
  countedRunMs: 0,
  notBeforeMs: 0,
  endNotBeforeMs: 0,
  prepared: false,
  launched: false,
  failures: 0,
  problem: undefined,
  ending: undefined,
  exitCode: undefined,
  end: undefined,
});
