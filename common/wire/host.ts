import { create } from '@bufbuild/protobuf';
import { HostSchema } from '../gen/headframe/v1/host_pb.js';
import type { Host as WireHost } from '../gen/headframe/v1/host_pb.js';
import { conditionsOf, hostLabels } from '../model/host.js';
import type { HostRecord, HostUsage } from '../model/host.js';
import type { Labels } from '../model/miner.js';
import { allocatableResources } from '../model/resources.js';
import type { Resources } from '../model/resources.js';
import { UNVERIFIED } from '../model/verification.js';
import type { HostVerification } from '../model/verification.js';
import { HOST_STATE } from './enums.js';
import { descriptionFromWire, descriptionToWire } from './host-facts.js';
import { conditionToWire, conditionsFromWire, maintenanceFromWire, maintenanceToWire } from './host-upkeep.js';
import type { UpkeepView } from './host-upkeep.js';
import { numberFromWire, numberToWire } from './numbers.js';
import { plotFoldersFromWire, plotFoldersToWire } from './plot-folder.js';
import { resourcesFromWire, resourcesToWire } from './resources.js';
import { verifiedFromWire, verifiedToWire } from './verdict.js';
import { hostUsageFromWire, hostUsageToWire } from './usage.js';

type Shown = Omit<
  HostRecord,
  'verification' | 'otherMachine' | 'agentLabels' | 'operatorLabels' | 'portRange' | 'changedAtMs' | 'upkeep'
>;

/** A host as its operator sees it. */
export interface HostView extends Shown {
  readonly labels: Labels;
  readonly allocatable: Resources;
  readonly allocated: Resources;
  /** Instances that hold capacity on it. */
  readonly instances: number;
  /** Unix milliseconds of the last message of its agent; 0 when none since the coordinator started. */
  readonly lastSeenMs: number;
  /** Fleet revision of its last change. */
  readonly revision: number;
  readonly usage: HostUsage | undefined;
  readonly upkeep?: UpkeepView | undefined;
  /** What challenges have proven of it. */
  readonly verified: HostVerification['verified'];
  /** In what its machine became another one; '' for not at all. */
  readonly otherMachine: string;
}

/** What a host's record does not hold of its view. */
export type HostStanding = Pick<HostView, 'allocated' | 'instances' | 'lastSeenMs' | 'revision' | 'usage'>;

/** A host's record as its operator sees it. */
export function hostView(record: HostRecord, standing: HostStanding): HostView {
  const {
    verification = UNVERIFIED,
    otherMachine: other,
    agentLabels: _a,
    operatorLabels: _o,
    portRange: _p,
    changedAtMs: _c,
    ...shown
  } = record;
  const allocatable = allocatableResources(record.claimed, record.reserved);
  const { verified } = verification;
  return {
    ...shown,
    conditions: conditionsOf(record),
    otherMachine: other?.text ?? '',
    verified,
    labels: hostLabels(record),
    allocatable,
    ...standing,
  };
}

/** Puts a host on the wire. */
export function hostToWire(host: HostView): WireHost {
  const { id, name, cordoned, draining, reason, text, instances, agentVersion, runtime, capabilities = [] } = host;
  const { windows = [], upkeep, conditions = [] } = host;
  const maintenance = maintenanceToWire({ windows, upkeep });
  return create(HostSchema, {
    id,
    name,
    state: HOST_STATE.toWire(host.state),
    cordoned,
    draining,
    reason,
    text,
    labels: { ...host.labels },
    facts: descriptionToWire(host.description),
    claimed: resourcesToWire(host.claimed),
    reserved: resourcesToWire(host.reserved),
    allocatable: resourcesToWire(host.allocatable),
    allocated: resourcesToWire(host.allocated),
    instances,
    agentVersion,
    runtime,
    capabilities: [...capabilities],
    joinedAtMs: numberToWire(host.joinedAtMs, 'joinedAtMs'),
    lastSeenMs: numberToWire(host.lastSeenMs, 'lastSeenMs'),
    revision: numberToWire(host.revision, 'revision'),
    ...(host.usage === undefined ? {} : { usage: hostUsageToWire(host.usage) }),
    ...(maintenance === undefined ? {} : { maintenance }),
    conditions: conditions.map(conditionToWire),
    verified: verifiedToWire(host.verified),
    otherMachine: host.otherMachine,
    plotFolders: plotFoldersToWire(host.plotFolders ?? []),
  });
}

/** Reads a host as the coordinator sends it. */
export function hostFromWire(message: WireHost): HostView {
  const { id, name, cordoned, draining, reason, text, labels, instances, agentVersion, runtime } = message;
  return {
    id,
    name,
    state: HOST_STATE.fromWire(message.state, 'state'),
    cordoned,
    draining,
    reason,
    text,
    labels,
    description: descriptionFromWire(message.facts),
    claimed: resourcesFromWire(message.claimed, 'claimed'),
    reserved: resourcesFromWire(message.reserved, 'reserved'),
    allocatable: resourcesFromWire(message.allocatable, 'allocatable'),
    allocated: resourcesFromWire(message.allocated, 'allocated'),
    instances,
    agentVersion,
    runtime,
    capabilities: message.capabilities,
    joinedAtMs: numberFromWire(message.joinedAtMs, 'joinedAtMs'),
    lastSeenMs: numberFromWire(message.lastSeenMs, 'lastSeenMs'),
    revision: numberFromWire(message.revision, 'revision'),
    usage: message.usage && hostUsageFromWire(message.usage),
    ...maintenanceFromWire(message.maintenance),
    conditions: conditionsFromWire(message.conditions),
    verified: verifiedFromWire(message.verified),
    otherMachine: message.otherMachine,
    ...(message.plotFolders.length === 0 ? {} : { plotFolders: plotFoldersFromWire(message.plotFolders) }),
  };
}
