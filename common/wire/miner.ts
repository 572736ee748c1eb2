import { create } from '@bufbuild/protobuf';
import { MinerCountsSchema, MinerSchema, StakePrioritySchema } from '../gen/headframe/v1/miner_pb.js';
import type { Miner as WireMiner, StakePriority as WireStakePriority } from '../gen/headframe/v1/miner_pb.js';
import type { Why } from '../model/event.js';
import type { Planck } from '../model/intent.js';
import type { MinerRecord, StakePriority } from '../model/miner.js';
import { autoscaleViewFromWire, autoscaleViewToWire } from './autoscale-status.js';
import type { AutoscaleView } from './autoscale-status.js';
import { minerSpecFromWire, minerSpecToWire } from './miner-spec.js';
import { numberFromWire, numberToWire } from './numbers.js';
import { quarantineFromWire, quarantineToWire, rolloutFromWire, rolloutToWire } from './rollout.js';
import type { RolloutView } from './rollout.js';
import { whyFromWire, whyToWire } from './why.js';

/** Instances of a miner, counted as its user sees them. */
export interface MinerCounts {
  readonly desired: number;
  readonly pending: number;
  /** Assigned, preparing or starting. */
  readonly starting: number;
  readonly running: number;
  readonly healthy: number;
  readonly stopping: number;
  readonly completed: number;
}

/** A declared miner and how the fleet stands to it. */
export interface MinerView extends Omit<MinerRecord, 'workloadId' | 'rollout' | 'failures' | 'autoscale'> {
  /** Fleet revision of the last change to it. */
  readonly revision: number;
  readonly counts: MinerCounts;
  /** Why instances wait or are missing; undefined when all is as wanted. */
  readonly why: Why | undefined;
  /** Undefined from a coordinator that does not tell it. */
  readonly rollout: RolloutView | undefined;
  /** Undefined for a miner whose number of replicas is fixed. */
  readonly autoscale?: AutoscaleView | undefined;
  /** On its hotkey in its subnet as last read, in the smallest unit; undefined where nobody knows. */
  readonly stake?: Planck | undefined;
}

/** Puts a miner on the wire. */
export function minerToWire(miner: MinerView): WireMiner {
  return create(MinerSchema, {
    spec: minerSpecToWire(miner.spec),
    specRevision: numberToWire(miner.specRevision, 'specRevision'),
    revision: numberToWire(miner.revision, 'revision'),
    createdAtMs: numberToWire(miner.createdAtMs, 'createdAtMs'),
    updatedAtMs: numberToWire(miner.updatedAtMs, 'updatedAtMs'),
    stopped: miner.stopped,
    deleting: miner.deleting,
    counts: create(MinerCountsSchema, miner.counts),
    ...(miner.why === undefined ? {} : { why: whyToWire(miner.why) }),
    ...(miner.rollout === undefined ? {} : { rollout: rolloutToWire(miner.rollout) }),
    ...(miner.autoscale === undefined ? {} : { autoscale: autoscaleViewToWire(miner.autoscale) }),
    ...(miner.quarantine === undefined ? {} : { quarantine: quarantineToWire(miner.quarantine) }),
    ...(miner.stake === undefined ? {} : { stakePlanck: miner.stake }),
    ...(miner.stakePriority === undefined ? {} : { stakePriority: stakePriorityToWire(miner.stakePriority) }),
  });
}

/** Reads a miner as the coordinator sends it. */
export function minerFromWire(message: WireMiner): MinerView {
  const { desired, pending, starting, running, healthy, stopping, completed } =
    message.counts ?? create(MinerCountsSchema);
  return {
    spec: minerSpecFromWire(message.spec),
    specRevision: numberFromWire(message.specRevision, 'specRevision'),
    revision: numberFromWire(message.revision, 'revision'),
    createdAtMs: numberFromWire(message.createdAtMs, 'createdAtMs'),
    updatedAtMs: numberFromWire(message.updatedAtMs, 'updatedAtMs'),
    stopped: message.stopped,
    deleting: message.deleting,
    counts: { desired, pending, starting, running, healthy, stopping, completed },
    why: message.why && whyFromWire(message.why),
    rollout: message.rollout && rolloutFromWire(message.rollout),
    quarantine: message.quarantine && quarantineFromWire(message.quarantine),
    autoscale: message.autoscale && autoscaleViewFromWire(message.autoscale),
    ...(message.stakePlanck === undefined ? {} : { stake: message.stakePlanck }),
    ...(message.stakePriority === undefined ? {} : { stakePriority: stakePriorityFromWire(message.stakePriority) }),
  };
}

function stakePriorityToWire({ priority, policy, text, atMs }: StakePriority): WireStakePriority {
  return create(StakePrioritySchema, { priority, policy, text, sinceMs: numberToWire(atMs, 'stakePriority.atMs') });
}

function stakePriorityFromWire({ priority, policy, text, sinceMs }: WireStakePriority): StakePriority {
  return { priority, policy, text, atMs: numberFromWire(sinceMs, 'stakePriority.sinceMs') };
}
