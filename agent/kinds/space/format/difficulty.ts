const MOST = 2n ** 256n - 1n;
const MOST_DIFFICULTY = 2n ** 63n - 1n;

/** A retarget looks back over so many blocks. */
const INTERVAL_BLOCKS = 100;
const BLOCK_SECONDS = 10;
const DAMPING = 4;

/** The score that a proof must stay below, 32 bytes; difficulty > 0. */
export function targetOf(difficulty: bigint): Buffer {
  return Buffer.from((MOST / difficulty).toString(16).padStart(64, '0'), 'hex');
}

/** The difficulty of a target of 32 bytes: at most 2^63 − 1, also for the target 0. */
export function difficultyOf(target: Uint8Array): bigint {
  const value = BigInt(`0x${Buffer.from(target).toString('hex')}`);
  const difficulty = value === 0n ? MOST_DIFFICULTY : MOST / value;
  return difficulty > MOST_DIFFICULTY ? MOST_DIFFICULTY : difficulty;
}

/** Whether a score wins. */
export function isBelow(score: Uint8Array, target: Uint8Array): boolean {
  return Buffer.compare(score, target) < 0;
}

/** Zero bits before the first bit that is set; 256 at most. */
export function leadingZeroBits(score: Uint8Array): number {
  const first = score.findIndex((byte) => byte !== 0);
  return first < 0 ? 8 * score.length : 8 * first + Math.clz32(score[first] ?? 0) - 24;
}

/** The difficulty after an interval of 100 blocks which took from `startedAtS` to `nowS`, in the reference's doubles. */
export function retarget(difficulty: bigint, nowS: number, startedAtS: number): bigint {
  const now = Number(difficulty);
  const raw = (now * (INTERVAL_BLOCKS * BLOCK_SECONDS)) / Math.max(1, nowS - startedAtS);
  const next = roundHalfEven(now + (raw - now) / DAMPING);
  if (next < 1) return 1n;
  return next >= 2 ** 63 ? MOST_DIFFICULTY : BigInt(next);
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
