import { create } from '@bufbuild/protobuf';
import { VerdictSchema, VerifiedCapacitySchema } from '../gen/headframe/v1/verdict_pb.js';
import type { Verdict, VerifiedCapacity as WireVerifiedCapacity } from '../gen/headframe/v1/verdict_pb.js';
import { CHALLENGE_TYPES } from '../model/verdict.js';
import type { ChallengeType, VerdictRecord } from '../model/verdict.js';
import type { HostVerification, VerifiedCapacity } from '../model/verification.js';
import { CHALLENGE_TYPE, VERDICT_OUTCOME } from './enums.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** Puts a verdict on the wire. */
export function verdictToWire(verdict: VerdictRecord): Verdict {
  const { id, hostId, reason, text, units, sweep } = verdict;
  return create(VerdictSchema, {
    ...{ id, hostId, reason, text, units, sweep },
    type: CHALLENGE_TYPE.toWire(verdict.type),
    outcome: VERDICT_OUTCOME.toWire(verdict.outcome),
    claimed: numberToWire(verdict.claimed, 'claimed'),
    proveMs: numberToWire(verdict.proveMs, 'proveMs'),
    verifyMs: numberToWire(verdict.verifyMs, 'verifyMs'),
    atMs: numberToWire(verdict.atMs, 'atMs'),
  });
}

/** Reads a verdict as the coordinator sends it. */
export function verdictFromWire(message: Verdict): VerdictRecord {
  const { id, hostId, reason, text, units, sweep } = message;
  return {
    ...{ id, hostId, reason, text, units, sweep },
    type: CHALLENGE_TYPE.fromWire(message.type, 'type'),
    outcome: VERDICT_OUTCOME.fromWire(message.outcome, 'outcome'),
    claimed: numberFromWire(message.claimed, 'claimed'),
    proveMs: numberFromWire(message.proveMs, 'proveMs'),
    verifyMs: numberFromWire(message.verifyMs, 'verifyMs'),
    atMs: numberFromWire(message.atMs, 'atMs'),
  };
}

/** Puts what a host has proven on the wire. */
export function verifiedToWire(verified: HostVerification['verified']): WireVerifiedCapacity[] {
  return CHALLENGE_TYPES.flatMap((type) => {
    const found = verified[type];
    if (found === undefined) return [];
    const { amount, units, atMs, untilMs } = found;
    return create(VerifiedCapacitySchema, {
      type: CHALLENGE_TYPE.toWire(type),
      amount: numberToWire(amount, 'amount'),
      units,
      atMs: numberToWire(atMs, 'atMs'),
      untilMs: numberToWire(untilMs, 'untilMs'),
    });
  });
}

/** Reads what a host has proven. */
export function verifiedFromWire(messages: readonly WireVerifiedCapacity[]): HostVerification['verified'] {
  const verified: Partial<Record<ChallengeType, VerifiedCapacity>> = {};
  for (const { type, units, amount, atMs, untilMs } of messages)
    verified[CHALLENGE_TYPE.fromWire(type, 'type')] = {
      amount: numberFromWire(amount, 'amount'),
      units,
      atMs: numberFromWire(atMs, 'atMs'),
      untilMs: numberFromWire(untilMs, 'untilMs'),
    };
  return verified;
}
