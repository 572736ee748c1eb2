import { formatAge } from '../../common/model/units.js';

/** A follower that asks the leader in time is younger than this; in milliseconds. */
const FRESH_MS = 1_000;

/** What is said to people of an answer that is as old as that at the most, from a coordinator that follows; nothing of a fresh one. Pure. */
export function ageNote(ageMs: number, address: string): string | undefined {
  if (ageMs <= FRESH_MS) return undefined;
  return (
    `note: as of ${formatAge(ageMs)} ago, by ${address}, a follower that is behind; ` +
    'headframe coordinator ls tells who leads'
  );
}
