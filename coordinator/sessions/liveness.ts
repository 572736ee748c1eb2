import type { HostState } from '../../common/model/host.js';
import { lostAfterMs } from '../../common/model/host-lease.js';

/** How heartbeats are judged; all in milliseconds. */
export interface LivenessOptions {
  readonly heartbeatPeriodMs: number;
  /** Length of the host lease, counted by the agent from when it sent the heartbeat that was answered. */
  readonly leaseMs: number;
}

/** Heartbeats that may be missed before a host is suspect. */
const SUSPECT_AFTER_PERIODS = 2.5;

/** State of a host that was last heard `silentMs` ago, and when to look again. */
export function judgeLiveness(silentMs: number, options: LivenessOptions): { state: HostState; nextLookMs: number } {
  const suspectAtMs = options.heartbeatPeriodMs * SUSPECT_AFTER_PERIODS;
  const lostAtMs = lostAfterMs(options.leaseMs);
  if (silentMs >= lostAtMs) return { state: 'lost', nextLookMs: Infinity };
  if (silentMs >= suspectAtMs) return { state: 'suspect', nextLookMs: lostAtMs - silentMs };
  return { state: 'ready', nextLookMs: suspectAtMs - silentMs };
}

/** Whether a host that was last heard `silentMs` ago may have vanished together with one that is lost by now. */
export function isMissing(silentMs: number, { heartbeatPeriodMs, leaseMs }: LivenessOptions): boolean {
  // Hosts that vanish at once were last heard up to a period apart.
  const togetherMs = lostAfterMs(leaseMs) - heartbeatPeriodMs;
  return silentMs >= Math.min(heartbeatPeriodMs * SUSPECT_AFTER_PERIODS, togetherMs);
}
