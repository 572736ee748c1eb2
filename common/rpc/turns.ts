import type { Clock } from '../model/clock.js';

const TURN_MS = 1_000;

/**
 * Waits in turns of a second, for a deadline of somebody else: time in which this program is busy counts as one turn however
 * long it is, and what has come meanwhile is read before the next is over. Calls `atTurn` after each but the last, and
 * `atEnd` after `ms` milliseconds of turns. Answers what ends it before.
 */
export function waitInTurns(
  clock: Pick<Clock, 'setTimer'>,
  ms: number,
  { atTurn, atEnd }: { readonly atTurn?: () => void; readonly atEnd: () => void },
): () => void {
  let isOver = false;
  let stopTimer: () => void = () => undefined;
  const arm = (leftMs: number): void => {
    const turnMs = Math.min(TURN_MS, leftMs);
    stopTimer = clock.setTimer(() => {
      if (leftMs <= turnMs) {
        atEnd();
        return;
      }
      atTurn?.();
      if (!isOver) arm(leftMs - turnMs);
    }, turnMs);
  };
  arm(ms);
  return () => {
    isOver = true;
    stopTimer();
  };
}
