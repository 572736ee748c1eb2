export { Leadership } from './leadership.js';
export { openLeaseOf } from './lease-of-config.js';
export type { LeaseBucket } from './lease-bucket.js';
export type { LeaseEntry, LeaseHolder, LeaseValue } from './lease-entry.js';
export { Term } from './term.js';
export { refusalOf } from './lead.js';
export type { Lead, Refusal } from './lead.js';
export { notLeader } from './not-leader.js';
