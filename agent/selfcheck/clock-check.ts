/** What was found of the clocks so far. */
export interface ClockState {
  /** Samples in a row that were too far off. */
  readonly offInRow: number;
  readonly isWrong: boolean;
}

/** One comparison with the coordinator's clock; milliseconds. */
export interface ClockSample {
  /** This host's time less the coordinator's, half of the way there and back allowed for. */
  readonly skewMs: number;
  readonly roundTripMs: number;
}

/** Before the first sample. */
export const NEW_CLOCK_STATE: ClockState = Object.freeze({ offInRow: 0, isWrong: false });

/** One answer may have come late; this many in a row have not. */
const OFF_IN_ROW = 3;
/** A slower answer says too little of the time. */
const SLOWEST_MS = 5_000;

/** Takes a sample in: wrong after several beyond `maxSkewMs`, right again once within half of it. Pure. */
export function judgeClock(state: ClockState, { skewMs, roundTripMs }: ClockSample, maxSkewMs: number): ClockState {
  if (roundTripMs > Math.min(SLOWEST_MS, maxSkewMs)) return state;
  if (Math.abs(skewMs) > maxSkewMs) {
    const offInRow = state.offInRow + 1;
    return { offInRow, isWrong: state.isWrong || offInRow >= OFF_IN_ROW };
  }
  return { offInRow: 0, isWrong: state.isWrong && Math.abs(skewMs) > maxSkewMs / 2 };
}
