export { auditCalls } from './audit-calls.js';
export { CONNECTION, connectionFacts } from './connections.js';
export { AuditLog } from './audit-log.js';
export type { AuditEntry, AuditFacts } from './entry.js';
export { AUDIT_FOLDER } from './offline.js';
export type { AuditFilter } from './query.js';
export { knownFromWire, verificationToWire } from './to-wire.js';
