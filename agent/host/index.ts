export { readLimits } from './cgroup/index.js';
export type { AppliedLimits, ContainerUsage, Limit, SweepResult } from './cgroup/index.js';
export { runDoctor } from './doctor.js';
export type { DoctorPorts } from './doctor.js';
export type { EngineInfo } from './doctor/engine-judgements.js';
export type { CheckName, Finding } from './doctor/finding.js';
export { readHostFacts } from './facts.js';
export type { FactsOptions, HostFacts } from './facts.js';
export type { HostUsageSample } from './usage.js';
