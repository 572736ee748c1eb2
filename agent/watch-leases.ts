import type { Clock } from '../common/model/clock.js';
import type { TermWatch } from './kinds/lease/term-watch.js';
import type { Reconciler } from './reconcile/reconciler.js';
import type { HostLease } from './session/host-lease.js';

/** What is looked at. */
export interface WatchedLeases {
  /** The host lease. */
  readonly lease: HostLease;
  readonly reconciler: Pick<Reconciler, 'touchExclusive'>;
  readonly terms: TermWatch;
  readonly clock: Clock;
}

/** How often they are looked at. */
const LOOK_MS = 500;

/**
 * Has exclusive instances looked at once the host lease nears its end, and leases once their term is over: all the time until the
 * signal, as a timer would sleep with the machine.
 */
export async function watchLeases(
  { lease, reconciler, terms, clock }: WatchedLeases,
  signal: AbortSignal,
): Promise<void> {
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    if (lease.remainingMs() === 0) reconciler.touchExclusive();
    terms.look();
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
