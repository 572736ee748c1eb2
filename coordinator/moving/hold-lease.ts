import { randomUUID } from 'node:crypto';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { Leadership, openLeaseOf } from '../leadership/index.js';
import type { Term } from '../leadership/index.js';

/** The lease of leadership of a cluster, held so that no coordinator leads. */
export interface HeldLease {
  /** Throws `HeadframeError` (aborted, 'lease_lost') once it may be another's. */
  readonly check: () => void;
  close(): Promise<void>;
}

/** Lengths of the lease after which it would have been had, were it free and the servers well. */
const USUAL_LEASES = 1.5;
const USUAL_MS = 500;
/** The servers may choose anew among themselves, in milliseconds. */
const LONGEST_MS = 15_000;

/**
 * Takes the lease of leadership, and renews it until it is closed. Throws `HeadframeError` (failed_precondition, 'cluster_led') where a
 * coordinator holds it.
 */
export async function holdLease(
  config: Pick<CoordinatorConfig, 'store'>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<HeldLease> {
  const { cluster, leadershipTtlMs: ttlMs } = config.store.jetstream;
  const lease = await openLeaseOf(config, logger);
  // Without an address: nobody leads meanwhile.
  const me = { id: randomUUID(), address: '' };
  const leadership = new Leadership({ bucket: lease.bucket, me, clock: systemClock, logger }, ttlMs);
  const over = new AbortController();
  const running = leadership.run(over.signal);
  const close = async (): Promise<void> => {
    over.abort();
    await running;
    await lease.close();
  };
  try {
    const usualMs = USUAL_LEASES * ttlMs + USUAL_MS;
    const within = (ms: number): Promise<Term | undefined> =>
      leadership.nextTerm(AbortSignal.any([AbortSignal.timeout(ms), signal])).catch(() => undefined);
    const soon = await within(usualMs);
    const term = soon ?? (leadership.leader === undefined ? await within(LONGEST_MS) : undefined);
    signal.throwIfAborted();
    if (term === undefined) throw ledError(cluster, leadership.leader?.address);
    return {
      check: () => {
        if (!term.held()) throw lostError();
      },
      close: async () => {
        await leadership.end(term, true);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function ledError(cluster: string, leader: string | undefined): HeadframeError {
  const who = leader === undefined ? 'somebody, or its servers do not answer' : `the coordinator at ${leader}`;
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'cluster_led',
    message: `cluster ${cluster} is led by ${who}`,
    remedy: 'Stop all of its coordinators first; containers run on meanwhile.',
    metadata: leader === undefined ? { cluster } : { cluster, leader },
  });
}

function lostError(): HeadframeError {
  return new HeadframeError({
    code: 'aborted',
    reason: 'lease_lost',
    message: 'the lease that keeps the coordinators of the cluster from leading could not be renewed',
    remedy: 'See that most of the NATS servers run, then run the command again: it goes on, or begins anew.',
  });
}
