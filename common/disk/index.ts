export type { Disk, DiskFile, ReadableDisk } from './disk.js';
export { hasCode } from './has-code.js';
export { liveHolder, systemProcesses, takeLock } from './lock.js';
export type { Holder, Lock, Processes } from './lock.js';
export { nodeDisk } from './node-disk.js';
export { writeWhole } from './write-whole.js';
