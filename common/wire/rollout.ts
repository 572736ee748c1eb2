import { create } from '@bufbuild/protobuf';
import {
  MinerRevisionSchema,
  QuarantineSchema,
  RevisionOutcome as WireOutcome,
  RolloutCause as WireCause,
  RolloutSchema,
  RolloutState as WireState,
} from '../gen/headframe/v1/miner_pb.js';
import type {
  MinerRevision as WireRevision,
  Quarantine as WireQuarantine,
  Rollout as WireRollout,
} from '../gen/headframe/v1/miner_pb.js';
import type { Why } from '../model/event.js';
import type { MinerSpec } from '../model/miner.js';
import type { QuarantineRecord, RevisionOutcome, RolloutCause, RolloutState } from '../model/rollout.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';
import { minerSpecFromWire, minerSpecToWire } from './miner-spec.js';
import { numberFromWire, numberToWire } from './numbers.js';
import { whyFromWire, whyToWire } from './why.js';

/** A rollout as clients see it. Times are unix milliseconds, 0 for none. */
export interface RolloutView {
  readonly state: RolloutState | 'paused';
  readonly cause: RolloutCause;
  readonly fromRevision: number;
  readonly toRevision: number;
  readonly wanted: number;
  readonly updated: number;
  readonly available: number;
  readonly startedAtMs: number;
  readonly deadlineAtMs: number;
  readonly endedAtMs: number;
  readonly why: Why | undefined;
}

/** A revision in a miner's history. Times are unix milliseconds, 0 for none. */
export interface RevisionView {
  readonly revision: number;
  readonly spec: MinerSpec;
  readonly outcome: RevisionOutcome;
  readonly appliedAtMs: number;
  readonly endedAtMs: number;
  readonly text: string;
  readonly current: boolean;
}

const STATE: EnumTable<RolloutView['state'], WireState> = enumTable({
  progressing: WireState.PROGRESSING,
  paused: WireState.PAUSED,
  complete: WireState.COMPLETE,
  failed: WireState.FAILED,
  rolledBack: WireState.ROLLED_BACK,
});

const CAUSE: EnumTable<RolloutCause, WireCause> = enumTable({
  apply: WireCause.APPLY,
  restart: WireCause.RESTART,
  rollback: WireCause.ROLLBACK,
  autoRollback: WireCause.AUTO_ROLLBACK,
});

const OUTCOME: EnumTable<RevisionOutcome, WireOutcome> = enumTable({
  progressing: WireOutcome.PROGRESSING,
  complete: WireOutcome.COMPLETE,
  failed: WireOutcome.FAILED,
  rolledBack: WireOutcome.ROLLED_BACK,
  superseded: WireOutcome.SUPERSEDED,
});

/** Puts a rollout on the wire. */
export function rolloutToWire(rollout: RolloutView): WireRollout {
  const { wanted, updated, available } = rollout;
  return create(RolloutSchema, {
    state: STATE.toWire(rollout.state),
    cause: CAUSE.toWire(rollout.cause),
    fromRevision: numberToWire(rollout.fromRevision, 'fromRevision'),
    toRevision: numberToWire(rollout.toRevision, 'toRevision'),
    wanted,
    updated,
    available,
    startedAtMs: numberToWire(rollout.startedAtMs, 'startedAtMs'),
    deadlineAtMs: numberToWire(rollout.deadlineAtMs, 'deadlineAtMs'),
    endedAtMs: numberToWire(rollout.endedAtMs, 'endedAtMs'),
    ...(rollout.why === undefined ? {} : { why: whyToWire(rollout.why) }),
  });
}

/** Reads a rollout as the coordinator sends it. */
export function rolloutFromWire(message: WireRollout): RolloutView {
  const { wanted, updated, available } = message;
  return {
    state: STATE.fromWire(message.state, 'rollout.state'),
    cause: CAUSE.fromWire(message.cause, 'rollout.cause'),
    fromRevision: numberFromWire(message.fromRevision, 'fromRevision'),
    toRevision: numberFromWire(message.toRevision, 'toRevision'),
    wanted,
    updated,
    available,
    startedAtMs: numberFromWire(message.startedAtMs, 'startedAtMs'),
    deadlineAtMs: numberFromWire(message.deadlineAtMs, 'deadlineAtMs'),
    endedAtMs: numberFromWire(message.endedAtMs, 'endedAtMs'),
    why: message.why && whyFromWire(message.why),
  };
}

/** Puts a quarantine on the wire. */
export function quarantineToWire({ atMs, ...rest }: QuarantineRecord): WireQuarantine {
  return create(QuarantineSchema, { ...rest, atMs: numberToWire(atMs, 'atMs') });
}

/** Reads a quarantine as the coordinator sends it. */
export function quarantineFromWire({ reason, text, atMs, failures, instance }: WireQuarantine): QuarantineRecord {
  return { reason, text, failures, instance, atMs: numberFromWire(atMs, 'atMs') };
}

/** Puts a revision of a miner on the wire. */
export function revisionToWire(revision: RevisionView): WireRevision {
  return create(MinerRevisionSchema, {
    revision: numberToWire(revision.revision, 'revision'),
    spec: minerSpecToWire(revision.spec),
    outcome: OUTCOME.toWire(revision.outcome),
    appliedAtMs: numberToWire(revision.appliedAtMs, 'appliedAtMs'),
    endedAtMs: numberToWire(revision.endedAtMs, 'endedAtMs'),
    text: revision.text,
    current: revision.current,
  });
}

/** Reads a revision of a miner as the coordinator sends it. */
export function revisionFromWire(message: WireRevision): RevisionView {
  return {
    revision: numberFromWire(message.revision, 'revision'),
    spec: minerSpecFromWire(message.spec),
    outcome: OUTCOME.fromWire(message.outcome, 'revision.outcome'),
    appliedAtMs: numberFromWire(message.appliedAtMs, 'appliedAtMs'),
    endedAtMs: numberFromWire(message.endedAtMs, 'endedAtMs'),
    text: message.text,
    current: message.current,
  };
}
