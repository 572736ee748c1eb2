/* What the coordinator and its clients tell each other. */
export { eventFromWire, eventToWire } from './event.js';
export { hostFromWire, hostToWire, hostView } from './host.js';
export type { HostView } from './host.js';
export { instanceFromWire, instanceToWire, instanceView } from './instance.js';
export type { InstanceView } from './instance.js';
export { manifestInvalid, minerSpecFromWire, minerSpecToWire, minerSpecsFromWire } from './miner-spec.js';
export { minerFromWire, minerToWire } from './miner.js';
export type { MinerCounts, MinerView } from './miner.js';
export { namespaceFromWire, namespaceToWire, namespaceSpecFromWire, quotaToWire } from './namespace.js';
export type { NamespaceView } from './namespace.js';
export { progressFromWire, progressToWire } from './report.js';
export type { Progress } from './report.js';
export { resourcesFromWire, resourcesToWire } from './resources.js';
export { revisionFromWire, revisionToWire } from './rollout.js';
export type { RevisionView, RolloutView } from './rollout.js';
export { hostUsageFromWire, hostUsageToWire, instanceUsageFromWire, instanceUsageToWire } from './usage.js';
export { whyFromWire, whyToWire } from './why.js';
export { INSTANCE_STATE } from './enums.js';
