export { isOpen, whyForbidden } from './may-call.js';
export type { Forbidden } from './may-call.js';
export type { Scope } from './permission.js';
export { PERMISSIONS } from './table.js';
