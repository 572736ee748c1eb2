/** Readings of the two clocks at one moment, and by how much the leases' clock differs from the wall clock. */
export interface LeaseTime {
  readonly wallMs: number;
  /** Since boot, suspend counted. */
  readonly bootMs: number;
  /** To be added to the wall clock. */
  readonly offsetMs: number;
  /** Of the boot that `bootMs` counts from. */
  readonly bootId: string;
}

/** Differences up to this are no jump; NTP slews, and /proc/uptime is read to 10 ms. */
const TOLERANCE_MS = 2_000;
/** Most that a clock gains or loses against true time; adjtimex(2) slews by at most 500 ppm. */
const DRIFT = 0.001;

/** The leases' time in unix milliseconds. */
export function leaseNowMs({ wallMs, offsetMs }: LeaseTime): number {
  return wallMs + offsetMs;
}

/**
 * Reads the clocks again. What the wall clock went further, or back, than the clock that counts since boot, somebody has set:
 * it is taken out, so that no term ends and no time counts by it, and it is brought in again when the clock is put right.
 * After another boot there is nothing to compare the wall clock with: it is believed. Pure.
 */
export function tick(before: LeaseTime, now: Omit<LeaseTime, 'offsetMs'>): LeaseTime & { readonly jumpMs: number } {
  const passedMs = now.bootMs - before.bootMs;
  const isSameBoot = now.bootId !== '' && now.bootId === before.bootId;
  const jumpMs = isSameBoot ? now.wallMs - before.wallMs - passedMs : 0;
  const isJump = Math.abs(jumpMs) > TOLERANCE_MS + Math.abs(passedMs) * DRIFT;
  return { ...now, offsetMs: isJump ? before.offsetMs - jumpMs : before.offsetMs, jumpMs: isJump ? jumpMs : 0 };
}
