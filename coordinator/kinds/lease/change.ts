import { HeadframeError } from '../../../common/model/error.js';
import { isEnded } from '../../../common/model/instance.js';
import { EMPTY_LEDGER } from '../../../common/model/lease-record.js';
import type { LeaseRecord } from '../../../common/model/lease-record.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import { formatDuration } from '../../../common/model/units.js';
import type { FleetReader, Transaction } from '../../fleet/port.js';
import { applyMiners } from '../../rollout/index.js';
import type { MinerKind } from '../miner-kind.js';
import { leaseKind } from './lease-kind.js';
import { ended } from './plan.js';

/** Longest term of a lease, extensions included. */
export const MOST_TERM_MS = 366 * 86_400_000;

/** What a lease is made of. */
export interface NewLease {
  /** Complete: kind, lease, container and all. */
  readonly spec: MinerSpec;
  readonly termMs: number;
  readonly graceMs: number;
  readonly waitLimitMs: number;
  readonly hostKey: string;
  readonly fingerprint: string;
  /** Of the leases' clock. */
  readonly nowMs: number;
}

const KINDS: ReadonlyMap<string, MinerKind> = new Map([['lease', leaseKind]]);

/**
 * Makes a lease with its miner and its one instance, which waits for a host. Throws `HeadframeError`: already_exists
 * ('lease_exists'), not_found ('namespace_not_found').
 */
export function createLease(tx: Transaction, wish: NewLease): LeaseRecord {
  const { spec, nowMs, termMs, graceMs, waitLimitMs, hostKey, fingerprint } = wish;
  const { name: id, namespace } = spec;
  if (tx.lease(id) !== undefined || tx.miner(id) !== undefined) throw exists(id);
  applyMiners(tx, [spec], KINDS);
  const workloadId = tx.miner(id)?.workloadId ?? 0;
  const why = { reason: 'lease_requested', text: 'It waits for a host.' };
  const serial = tx.createInstances(id, workloadId, 1, why);
  const times = { startsAtMs: 0, endsAtMs: 0, placedAtMs: 0, releasedAtMs: 0, createdAtMs: nowMs, atMs: nowMs };
  const lease: LeaseRecord = {
    ...{ id, owner: spec.lease?.owner ?? '', namespace, state: 'requested', ...why, ...times },
    ...{ serial, hostId: '', termMs, graceMs, waitLimitMs, hostPorts: [], hostKey, fingerprint },
    ledger: EMPTY_LEDGER,
    revision: tx.revision,
  };
  tx.putLease(lease);
  tellChange(tx, lease);
  return lease;
}

/**
 * Makes the term of a lease longer. Throws `HeadframeError`: not_found ('lease_not_found'), failed_precondition
 * ('lease_over') for one that has ended, invalid_argument ('lease_term_too_long').
 */
export function extendLease(tx: Transaction, id: string, byMs: number): LeaseRecord {
  const before = knownLease(tx, id);
  if (before.end !== undefined) throw over(before);
  const termMs = before.termMs + byMs;
  if (termMs > MOST_TERM_MS) throw tooLong(before, byMs);
  const endsAtMs = before.endsAtMs === 0 ? 0 : before.endsAtMs + byMs;
  const after = { ...before, termMs, endsAtMs, revision: tx.revision };
  tx.putLease(after);
  tell(tx, after, { reason: 'lease_extended', text: `Its term is longer by ${formatDuration(byMs)}.` });
  return after;
}

/** Ends a lease before its term is over; one that has ended stays as it is. Throws not_found ('lease_not_found'). */
export function releaseLease(
  tx: Transaction,
  id: string,
  by: { readonly name: string; readonly nowMs: number },
): LeaseRecord {
  const before = knownLease(tx, id);
  if (before.end !== undefined) return before;
  const why = { reason: 'lease_released', text: `Released by ${by.name}.` } as const;
  const after = { ...ended({ lease: before, nowMs: by.nowMs }, why), revision: tx.revision };
  tx.putLease(after);
  tellChange(tx, after);
  return after;
}

/** Has the instance of a lease stop; one that waits for a place goes with the lease. */
export function stopInstance(tx: Transaction, lease: LeaseRecord): void {
  const instance = tx.instance(lease.serial);
  if (instance === undefined || instance.state === 'stopping' || instance.state === 'pending') return;
  if (!isEnded(instance.state)) tx.updateInstance(lease.serial, { state: 'stopping', ...whyOf(lease) });
}

/** Takes the instance of a lease for lost: its host is no longer there. */
export function loseInstance(tx: Transaction, lease: LeaseRecord): void {
  const instance = tx.instance(lease.serial);
  if (instance !== undefined && !isEnded(instance.state))
    tx.updateInstance(lease.serial, { state: 'lost', reason: 'host_removed', text: 'Its host was removed.' });
}

/** Removes all that a lease had in the fleet but its own record: instance, miner, workloads and the key of its SSH server. */
export function freeLease(tx: Transaction, { id, namespace }: LeaseRecord, serial: number): void {
  if (tx.instance(serial) !== undefined) tx.removeInstance(serial);
  const miner = tx.miner(id);
  if (miner?.spec.kind !== 'lease') return;
  for (const { name } of miner.spec.container.secrets ?? [])
    if (tx.secret(namespace, name) !== undefined) tx.removeSecret(namespace, name);
  tx.removeMiner(id);
  tx.removeWorkload(miner.workloadId);
}

/** Tells a lease's state as an event. */
export function tellChange(tx: Transaction, lease: LeaseRecord): void {
  tell(tx, lease, whyOf(lease));
}

function tell(
  tx: Transaction,
  { id, hostId, state }: LeaseRecord,
  why: { readonly reason: string; readonly text: string },
): void {
  const where = hostId === '' ? {} : { hostId };
  tx.event({ subject: 'miner', id, miner: id, ...where, state, ...why });
}

/** A lease that is there. Throws not_found ('lease_not_found'). */
export function knownLease(fleet: Pick<FleetReader, 'lease'>, id: string): LeaseRecord {
  const found = fleet.lease(id);
  if (found !== undefined) return found;
  throw leaseNotFound(id);
}

/** What whoever asks for a lease hears that is not there, or not theirs. */
export function leaseNotFound(id: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'lease_not_found',
    message: `there is no lease ${id.slice(0, 80)}`,
    remedy: 'See headframe lease ls --all.',
    metadata: { lease: id.slice(0, 80) },
  });
}

function whyOf({ end, reason, text }: LeaseRecord): { readonly reason: string; readonly text: string } {
  return end === undefined ? { reason, text } : { reason: end.reason, text: end.text };
}

function exists(id: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'lease_exists',
    message: `there is a lease or miner ${id} already`,
    remedy: 'Choose another id, or leave it out to have one made.',
    metadata: { lease: id },
  });
}

function over({ id, text }: LeaseRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'lease_over',
    message: `lease ${id} has ended: ${text}`,
    remedy: 'Create another one: headframe lease create.',
    metadata: { lease: id },
  });
}

function tooLong({ id, termMs }: LeaseRecord, byMs: number): HeadframeError {
  const most = formatDuration(MOST_TERM_MS - termMs);
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'lease_term_too_long',
    message: `the term of lease ${id} would be longer than ${formatDuration(MOST_TERM_MS)}`,
    remedy: `Extend it by at most ${most}.`,
    violations: [{ path: 'by_ms', value: String(byMs), expected: `at most ${String(MOST_TERM_MS - termMs)}` }],
    metadata: { lease: id },
  });
}
