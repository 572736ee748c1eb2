import type { Draw } from './canary.js';

/** The longest gap between two rounds, in means. */
const MOST_GAPS = 3;
/** A model of which nothing is known is asked within this, in milliseconds. */
const FIRST_MS = 60_000;

/**
 * How long it is to the next round, in milliseconds. Gaps have an exponential distribution, cut off at three times its mean: that one has
 * no memory, so that a model which was just asked knows no more of the next time than any other. Pure but for what is drawn.
 */
export function nextRoundMs(which: 'first' | 'again', intervalMs: number, draw: Draw): number {
  if (which === 'first') return Math.min(FIRST_MS, intervalMs) * draw();
  return intervalMs * Math.min(MOST_GAPS, -Math.log(1 - draw()));
}
