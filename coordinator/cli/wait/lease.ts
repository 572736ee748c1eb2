import { LeaseState } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { WAIT_TIMEOUT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';

/** What is waited for. */
interface LeaseWait {
  readonly until: 'ready' | 'released';
  readonly timeoutMs: number;
}

/** Between two looks, in milliseconds. */
const LOOK_MS = 250;

/**
 * Waits until a lease can be used, or until nothing of it is left. Throws HeadframeError: deadline_exceeded, wait_timeout;
 * failed_precondition with the reason of its end for one that ends before it was ready.
 */
export async function waitForLease(call: Invocation, id: string, { until, timeoutMs }: LeaseWait): Promise<Lease> {
  const { clock } = call.world;
  const { leases } = await call.connect();
  const untilMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const { lease } = await leases.getLease({ id }, call.callOptions);
    if (lease !== undefined && isDone(lease, until)) return lease;
    if (clock.monotonicMs() > untilMs) throw timedOut(id, until, timeoutMs, lease);
    await clock.sleep(LOOK_MS, call.signal);
  }
}

function isDone({ id, state, end }: Lease, until: LeaseWait['until']): boolean {
  if (until === 'released') return state === LeaseState.RELEASED;
  if (end !== undefined)
    throw new HeadframeError({
      ...{ code: 'failed_precondition', reason: end.reason, message: `lease ${id} has ended: ${end.text}` },
      remedy: `See headframe lease show ${id}.`,
    });
  return state === LeaseState.READY;
}

function timedOut(id: string, until: string, timeoutMs: number, lease: Lease | undefined): HeadframeError {
  const why = lease?.why === undefined ? '' : `: ${lease.why.reason}, ${lease.why.text}`;
  return new HeadframeError({
    ...{ code: 'deadline_exceeded', reason: WAIT_TIMEOUT },
    message: `waited ${String(timeoutMs / 1000)} s in vain for lease ${id} to be ${until}${why}`,
    remedy: `What was asked for goes on: see headframe lease show ${id}.`,
  });
}
