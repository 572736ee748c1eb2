export { leaseKind } from './lease-kind.js';
