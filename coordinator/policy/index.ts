export { requireGranted } from './judge.js';
export type { HostPolicy } from './policy.js';
export { openPolicyFile } from './policy-file.js';
