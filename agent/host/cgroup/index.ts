export { CgroupReader } from './reader.js';
export type { ContainerUsage } from './reader.js';
export { UsageSweep } from './sweep.js';
export type { SweepResult } from './sweep.js';
export { readLimits, readOwnConfinement } from './limits.js';
export type { AppliedLimits, Limit } from './limits.js';
