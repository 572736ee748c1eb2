/**
 * Most that a clock gains or loses against true time: quartz strays by up to 100 ppm, and NTP slews by at most 500 ppm
 * (adjtimex(2)); the rest is caution.
 */
export const CLOCK_DRIFT = 0.001;

/** How often a guard looks at the lease, at the least; the agent itself looks twice as often as that allows. */
export const GUARD_PERIOD_MS = 250;

/** Time from a guard's decision to the last killed process's end, on a machine that is busy. */
const KILL_TIME_MS = 2_750;

/** The largest part of a lease that an instance's stop grace may take from its end. */
export const LARGEST_GRACE_SHARE = 1 / 3;

/**
 * Silence after which a coordinator may take a host's exclusive instances for ended, in milliseconds of its own clock:
 * the lease, and a margin that covers what `latestEndMs` adds to it however the two clocks drift.
 */
export function lostAfterMs(leaseMs: number): number {
  return Math.ceil(latestEndMs(leaseMs) / (1 - CLOCK_DRIFT));
}

/** The latest moment, in true milliseconds since the last answered heartbeat was sent, at which a host can run what is exclusive. */
export function latestEndMs(leaseMs: number): number {
  return (leaseMs + GUARD_PERIOD_MS + KILL_TIME_MS) * (1 + CLOCK_DRIFT);
}
