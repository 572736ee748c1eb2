import { isEnded } from '../../../common/model/instance.js';
import type { InstanceRecord } from '../../../common/model/instance.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { LeaseReason } from '../../../common/model/lease-reasons.js';
import { formatDuration } from '../../../common/model/units.js';
import type { LeasePlan, LeaseView } from './lease-view.js';
import { closed, withPass } from './ledger.js';
import { planEnd } from './plan-end.js';
import { withSeen } from './seen.js';
import { waitedInVain } from './wait-limit.js';

/** Probes that fail in a row before a ready lease is suspect: one may be lost on the way. */
const FAILURES = 2;

/** Decides how a lease goes on. Pure; asked again after every change, and at every tick. */
export function planLease(view: LeaseView): LeasePlan {
  const { lease } = view;
  if (lease.state === 'expiring' || lease.state === 'released') return planEnd(view);
  const judged = { ...view, lease: withVerdict(view) };
  const end = endOf(judged);
  if (end !== undefined) return planEnd({ ...judged, lease: withSeen(lease, ended(judged, end), view) });
  return { lease: withSeen(lease, withState(judged), view), effect: 'none' };
}

/** Ends a lease that goes on, for a reason that its owner, or the plan, has. */
export function ended({ lease, nowMs }: Pick<LeaseView, 'lease' | 'nowMs'>, why: Why): LeaseRecord {
  const { reason, text } = why;
  const ledger = closed(lease.ledger);
  return { ...lease, state: 'expiring', ...why, atMs: nowMs, ledger, end: { reason, text, atMs: nowMs } };
}

interface Why {
  readonly reason: LeaseReason;
  readonly text: string;
}

/** Takes a probe in: what passed counts, what failed ends what counts. */
function withVerdict({ lease, verdict, nowMs, rules }: LeaseView): LeaseRecord {
  if (verdict === undefined) return lease;
  const { passed, reason, text } = verdict;
  const failures = passed ? 0 : (lease.probe?.failures ?? 0) + 1;
  const probe = { passed, reason, text, failures, atMs: nowMs };
  if (!passed) return { ...lease, probe, ledger: closed(lease.ledger) };
  // Nothing counts beyond the end of the term, however late a probe comes.
  const countsMs = lease.endsAtMs === 0 ? nowMs : Math.min(nowMs, lease.endsAtMs);
  return { ...lease, probe, ledger: withPass(lease.ledger, countsMs, rules.probeGapMs) };
}

/** Why a lease that goes on is to end now; undefined to go on. */
function endOf(view: LeaseView): Why | undefined {
  const { lease, instance, host, nowMs } = view;
  if (lease.endsAtMs > 0 && nowMs >= lease.endsAtMs) return TERM_OVER;
  if (instance === undefined || (instance.hostId !== undefined && host === undefined)) return HOST_REMOVED;
  if (instance.state === 'pending') return waitedInVain(view, instance);
  if (isEnded(instance.state) || instance.state === 'stopping') return endOfInstance(instance);
  return lease.startsAtMs === 0 ? notReady(view, instance) : givenUp(view);
}

function givenUp({ lease: { state, atMs, graceMs }, braked, nowMs }: LeaseView): Why | undefined {
  if (state !== 'suspect' || graceMs === 0 || braked || nowMs - atMs < graceMs) return undefined;
  return { reason: 'lease_given_up', text: `It was suspect for ${formatDuration(graceMs)}, its grace.` };
}

function notReady({ lease, nowMs, rules }: LeaseView, { text }: InstanceRecord): Why | undefined {
  const { placedAtMs, probe } = lease;
  if (placedAtMs === 0 || nowMs - placedAtMs < rules.provisionMs) return undefined;
  const late = `It was not ready ${formatDuration(rules.provisionMs)} after it had a host.`;
  return { reason: 'lease_not_ready', text: `${late} ${probe?.text ?? text}` };
}

const TERM_OVER: Why = { reason: 'lease_term_over', text: 'Its term is over.' };
const HOST_REMOVED: Why = { reason: 'lease_host_removed', text: 'Its host was removed from the fleet.' };

function endOfInstance({ reason, text }: InstanceRecord): Why {
  if (reason === 'lease_term_over') return { reason, text: 'Its term is over; its host has ended it by itself.' };
  return { reason: 'lease_failed', text: `${text === '' ? 'Its container has ended.' : text} (${reason})` };
}

/** The state that follows from instance, host and probe. */
function withState(view: LeaseView): LeaseRecord {
  const { instance } = view;
  if (instance === undefined) return view.lease;
  const placed = withPlace(view, instance);
  if (placed.startsAtMs === 0) return withProgress({ ...view, lease: placed }, instance);
  return withUse({ ...view, lease: placed }, instance);
}

function withPlace({ lease, nowMs }: LeaseView, { hostId, hostPorts }: InstanceRecord): LeaseRecord {
  if (hostId === undefined || hostId === lease.hostId) return lease;
  return { ...lease, hostId, hostPorts, placedAtMs: nowMs };
}

/** Before it was ever ready. */
function withProgress(view: LeaseView, instance: InstanceRecord): LeaseRecord {
  const { lease, nowMs } = view;
  const { text } = instance;
  switch (instance.state) {
    case 'pending':
      return become(view, 'requested', { reason: 'lease_requested', text });
    case 'assigned':
      return become(view, 'placed', { reason: 'lease_placed', text });
    case 'preparing':
    case 'starting':
      return become(view, 'provisioning', { reason: 'lease_provisioning', text });
    default:
      if (lease.probe?.passed !== true)
        return become(view, 'probing', { reason: 'lease_probing', text: lease.probe?.text ?? '' });
      return {
        ...become(view, 'ready', { reason: 'lease_ready', text: 'A probe has logged in.' }),
        startsAtMs: nowMs,
        endsAtMs: nowMs + lease.termMs,
      };
  }
}

/** Once it has been ready. */
function withUse(view: LeaseView, instance: InstanceRecord): LeaseRecord {
  const { lease, host } = view;
  const doubt = doubtOf(view, instance);
  if (doubt !== undefined) return become({ ...view, lease: withoutUse(lease) }, 'suspect', doubt);
  if (lease.state === 'ready') return lease;
  // What brought it into doubt may be over: only a probe since then says so.
  const isProven = view.verdict?.passed === true;
  if (isProven) return become(view, 'ready', { reason: 'lease_ready', text: 'A probe has logged in again.' });
  const text = `${host?.name ?? 'Its host'} is back; the next probe decides.`;
  return lease.reason === 'lease_unreachable' ? lease : become(view, 'suspect', { reason: 'lease_unreachable', text });
}

/** The same object where nothing was counted: each change is written, and has all leases looked at again. */
function withoutUse(lease: LeaseRecord): LeaseRecord {
  const ledger = closed(lease.ledger);
  return ledger === lease.ledger ? lease : { ...lease, ledger };
}

function doubtOf({ lease, host }: LeaseView, instance: InstanceRecord): Why | undefined {
  if (host?.state !== 'ready') return { reason: 'lease_host_silent', text: `Its host ${host?.name ?? ''} is silent.` };
  if (instance.state !== 'running') return { reason: 'lease_container_down', text: instance.text };
  const { probe } = lease;
  if (probe === undefined || probe.failures < FAILURES) return undefined;
  return { reason: 'lease_unreachable', text: `${probe.text} (${probe.reason})` };
}

function become({ lease, nowMs }: LeaseView, state: LeaseRecord['state'], { reason, text }: Why): LeaseRecord {
  if (lease.state === state && lease.reason === reason && lease.text === text) return lease;
  return { ...lease, state, reason, text, atMs: lease.state === state ? lease.atMs : nowMs };
}
