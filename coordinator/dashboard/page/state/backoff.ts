/** Times in milliseconds. */
const FIRST_MS = 500;
const MOST_MS = 20_000;

/** How long to wait before a connection is tried again, after so many failures; half of it by chance, 0 ≤ random < 1. Pure. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return Math.round(whole / 2 + (whole / 2) * random);
}
