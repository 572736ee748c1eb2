import type { HostState } from '../../common/model/host.js';

/** How heartbeats are judged; all in milliseconds. */
export interface LivenessOptions {
  readonly heartbeatPeriodMs: number;
  /** Length of the host lease, counted by the agent from when it sent the heartbeat that was answered. */
  readonly leaseMs: number;
}

/**
 * Time past the lease before its host counts as lost. The agent counts the lease from an earlier moment than the
 * coordinator does, so its exclusive instances have ended when this begins; the margin covers clocks that run unevenly.
 */
export const LOST_MARGIN_MS = 3_000;

/** Heartbeats that may be missed before a host is suspect. */
const SUSPECT_AFTER_PERIODS = 2.5;

/** State of a host that was last heard `silentMs` ago, and when to look again. */
export function judgeLiveness(silentMs: number, options: LivenessOptions): { state: HostState; nextLookMs: number } {
  const suspectAtMs = options.heartbeatPeriodMs * SUSPECT_AFTER_PERIODS;
  const lostAtMs = options.leaseMs + LOST_MARGIN_MS;
  if (silentMs >= lostAtMs) return { state: 'lost', nextLookMs: Infinity };
  if (silentMs >= suspectAtMs) return { state: 'suspect', nextLookMs: lostAtMs - silentMs };
  return { state: 'ready', nextLookMs: suspectAtMs - silentMs };
}
