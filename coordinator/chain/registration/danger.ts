import { DAY_BLOCKS, forecastOf } from './forecast.js';
import type { Forecast, PruningTerms } from './forecast.js';

/** Whether a place is about to be lost, and by what that is known. */
export interface Danger {
  readonly near: boolean;
  readonly text: string;
}

/** How far is looked ahead, in blocks of 12 seconds: six hours, in which something can be done about it. */
const AHEAD_BLOCKS = 1_800;
/** A place is out of danger only so many times further away: ranks change with every epoch, and an alarm is not to flutter. */
const RELIEF = 2;

/**
 * Whether a uid's turn to be pruned comes within six hours if scores stay as they are and registrations come as in the last day,
 * one at least. One whose immunity ends by then is judged as of that block. Undefined for one that is not there. Pure.
 */
export function judgeDanger(terms: PruningTerms, uid: number, wasNear: boolean): Danger | undefined {
  const now = forecastOf(terms, uid);
  if (now === undefined) return undefined;
  const endsSoon = now.immuneBlocks > 0 && now.immuneBlocks <= AHEAD_BLOCKS;
  const then = endsSoon ? forecastOf({ ...terms, best: terms.best + now.immuneBlocks }, uid) : now;
  const { rank, registrationsLeft } = then ?? now;
  if (rank === undefined || registrationsLeft === undefined) return { near: false, text: 'The chain never prunes it.' };
  const expected = Math.max(1, Math.ceil((now.registrationsPerDay * AHEAD_BLOCKS) / DAY_BLOCKS));
  const near = registrationsLeft <= (wasNear ? RELIEF * expected : expected);
  return { near, text: textOf({ ...now, rank, registrationsLeft }, expected) };
}

function textOf({ rank, prunable, free, immuneBlocks, registrationsLeft }: Forecast, expected: number): string {
  const places = free === undefined ? '' : `, ${String(free)} places free`;
  const immunity = immuneBlocks === 0 ? 'no immunity left' : `${String(immuneBlocks)} blocks of immunity left`;
  return (
    `Number ${String(rank)} of ${String(prunable)} to be pruned${places}, ${immunity}: ` +
    `${String(registrationsLeft)} more registrations take its place, and ${String(expected)} may come in six hours.`
  );
}
