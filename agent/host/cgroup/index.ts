export { CgroupReader } from './reader.js';
export type { ContainerUsage, ReaderOptions } from './reader.js';
export { UsageSweep } from './sweep.js';
export type { OpenReader, SweepResult, UsageReader } from './sweep.js';
export { readLimits, readOwnConfinement } from './limits.js';
export type { AppliedLimits, Limit } from './limits.js';
