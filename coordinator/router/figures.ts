import { createHistogram } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';

/** How a question ended. */
export const OUTCOMES = ['answered', 'rejected', 'failed', 'timedOut', 'broken', 'unreached', 'left'] as const;

/** How a question ended: with a status below 400, below 500, or above; in vain; or nobody waited for its end. */
export type Outcome = (typeof OUTCOMES)[number];

/** How questions were answered. */
export interface AskFigures extends Readonly<Record<Outcome, number>> {
  /** All that have ended. */
  readonly requests: number;
  readonly outstanding: number;
  /** Of those that ended in the last minute. */
  readonly perSecond: number;
  /** Milliseconds to the last byte, of the last one to two minutes; undefined where nothing was answered. */
  readonly latency: { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number } | undefined;
}

const WINDOW_MS = 60_000;
const SLICE_MS = 5_000;
const SLICES = WINDOW_MS / SLICE_MS;
/** Of a histogram: tenths of a millisecond, up to a day; each value to one part in a hundred. */
const UNITS_PER_MS = 10;
const HISTOGRAM = { lowest: 1, highest: 86_400_000 * UNITS_PER_MS, figures: 2 };

/** Counts how questions to one instance, or to all of a model, are answered; in bounded memory. Times are monotonic milliseconds. */
export class FigureBook {
  outstanding = 0;
  readonly #counts: Record<Outcome, number> = {
    ...{ answered: 0, rejected: 0, failed: 0, timedOut: 0, broken: 0, unreached: 0, left: 0 },
  };
  /** Ended questions by slices of time; a slice of another time than is wanted counts for nothing. */
  readonly #slices = Array.from({ length: SLICES }, () => ({ number: -1, ended: 0 }));
  readonly #sinceMs: number;
  /** Of the present minute and the one before; made with the first answer. */
  #present: RecordableHistogram | undefined;
  #before: RecordableHistogram | undefined;
  #minute = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** A question has ended after so long. */
  take(outcome: Outcome, durationMs: number, nowMs: number): void {
    this.#counts[outcome] += 1;
    const number = Math.floor(nowMs / SLICE_MS);
    const slice = this.#slices[number % SLICES];
    if (slice !== undefined) {
      slice.ended = slice.number === number ? slice.ended + 1 : 1;
      slice.number = number;
    }
    if (outcome !== 'answered' && outcome !== 'rejected' && outcome !== 'failed') return;
    this.#turn(nowMs);
    this.#present ??= createHistogram(HISTOGRAM);
    this.#present.record(Math.min(HISTOGRAM.highest, Math.max(1, Math.round(durationMs * UNITS_PER_MS))));
  }

  /** The figures of now. */
  read(nowMs: number): AskFigures {
    const requests = OUTCOMES.reduce((sum, outcome) => sum + this.#counts[outcome], 0);
    const latency = this.#latency(nowMs);
    return { ...this.#counts, requests, outstanding: this.outstanding, perSecond: this.perSecond(nowMs), latency };
  }

  /** Questions a second that ended in the last minute, or since the first where that is less long ago. */
  perSecond(nowMs: number): number {
    const last = Math.floor(nowMs / SLICE_MS);
    const ended = this.#slices.reduce((sum, slice) => sum + (last - slice.number < SLICES ? slice.ended : 0), 0);
    // The oldest slice is as full as the present one is empty.
    return ended / (Math.min(WINDOW_MS, Math.max(SLICE_MS, nowMs - this.#sinceMs)) / 1000);
  }

  #latency(nowMs: number): AskFigures['latency'] {
    this.#turn(nowMs);
    const all = createHistogram(HISTOGRAM);
    for (const one of [this.#before, this.#present]) if (one !== undefined) all.add(one);
    const at = (percentile: number): number => all.percentile(percentile) / UNITS_PER_MS;
    return all.count === 0 ? undefined : { p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) };
  }

  /** Begins a new minute where it is time. */
  #turn(nowMs: number): void {
    const minute = Math.floor(nowMs / WINDOW_MS);
    if (minute === this.#minute) return;
    this.#before = minute === this.#minute + 1 ? this.#present : undefined;
    this.#present = undefined;
    this.#minute = minute;
  }
}
