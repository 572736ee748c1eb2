/* What agents and the coordinator tell each other in a session. */
export { readAgentWord } from './agent-word.js';
export type { AgentWord } from './agent-word.js';
export { deltaFromWire, snapshotFromWire } from './assignment-set.js';
export type { AssignmentDelta, AssignmentSnapshot } from './assignment-set.js';

export { assignmentRunsToWire, stopRunsToWire } from './assignment-runs.js';
export type { StopOrder } from './assignment-runs.js';
export { encodeDelta, encodeSnapshot } from './assignment-writer.js';
export { helloFromWire, helloToWire } from './hello.js';
export type { AgentHello } from './hello.js';
export { hostHealthFromWire, hostHealthToWire } from './host-upkeep.js';
export type { HostHealth } from './host-upkeep.js';
export { hostPlotFoldersToWire, plotFoldersFromWire } from './plot-folder.js';
export { instanceReportFromWire, instanceReportsToWire } from './report.js';
export type { InstanceReport, Progress } from './report.js';
export { leaseTermsFromWire, leaseTermsToWire } from './lease-terms.js';
export type { LeaseTerm } from './lease-terms.js';
export { usageFromWire, usageToWire } from './usage.js';
export type { UsageReport } from './usage.js';
export { encodeHeartbeatAck, encodeReportsAck } from './session-acks.js';
export { workloadToWire } from './workload.js';
