import type { HostRecord } from '../../../common/model/host.js';
import { CHALLENGE_TYPES } from '../../../common/model/verdict.js';
import type { VerdictRecord } from '../../../common/model/verdict.js';
import { UNVERIFIED } from '../../../common/model/verification.js';
import type { HostVerification } from '../../../common/model/verification.js';
import type { Transaction } from '../../fleet/port.js';
import { verificationOf } from './standing.js';

/** Keeps a verdict, with what it makes of its host, and tells of both. Throws what `Transaction.addVerdict` throws. */
export function recordVerdict(tx: Transaction, verdict: VerdictRecord): void {
  tx.addVerdict(verdict);
  const { hostId, type, outcome, reason, text } = verdict;
  const host = tx.host(hostId);
  if (host === undefined || outcome === 'void') return;
  const before = host.verification?.quarantine;
  const after = refreshVerification(tx, host);
  if (outcome === 'failed' && after.quarantine === before)
    tell(tx, host, 'verification_unconfirmed', `${type}: ${reason}: ${text}`);
}

/** Brings what a host counts for up to date with its verdicts and the time, and tells what came and went. */
export function refreshVerification(tx: Transaction, host: HostRecord): HostVerification {
  const before = host.verification ?? UNVERIFIED;
  const after = verificationOf({ histories: tx.verdictsOf(host.id), before: host.verification, nowMs: tx.atMs });
  if (JSON.stringify(after) === JSON.stringify(before)) return before;
  tx.putHost({ ...host, verification: after, changedAtMs: tx.atMs });
  if (before.quarantine === undefined && after.quarantine !== undefined) {
    const { type, reason, text } = after.quarantine;
    tell(tx, host, 'verification_failed', `${type}: ${reason}: ${text}`);
    return after;
  }
  const came = CHALLENGE_TYPES.filter((type) => before.verified[type] === undefined && after.verified[type]);
  const went = CHALLENGE_TYPES.filter((type) => before.verified[type] !== undefined && !after.verified[type]);
  if (came.length > 0) tell(tx, host, 'capacity_verified', came.join(', '));
  if (went.length > 0) tell(tx, host, 'verification_lapsed', went.join(', '));
  return after;
}

/** Forgets what a host failed, that it became another machine, and all that it proved. False when there was neither. */
export function clearVerification(tx: Transaction, host: HostRecord, text: string): boolean {
  if (host.verification?.quarantine === undefined && host.otherMachine === undefined) return false;
  const { otherMachine: _looked, ...rest } = host;
  tx.putHost({ ...rest, verification: { verified: {}, clearedAtMs: tx.atMs }, changedAtMs: tx.atMs });
  tell(tx, host, 'verification_cleared', text);
  return true;
}

function tell(tx: Transaction, { id, state }: HostRecord, reason: string, text: string): void {
  tx.event({ subject: 'host', id, hostId: id, state, reason, text });
}
