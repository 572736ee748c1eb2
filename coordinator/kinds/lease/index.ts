export { MOST_TERM_MS, createLease, extendLease, knownLease, leaseNotFound, releaseLease } from './change.js';
export { readBootId } from './boot-id.js';
export { leaseKind } from './lease-kind.js';
export { Leases } from './leases.js';
export { DEFAULT_WAIT_LIMIT_MS } from './wait-limit.js';
export { SshLeaseProber } from './probe/lease-prober.js';
export type { LeaseProber, ProbeTarget, ProbeVerdict } from './prober.js';
