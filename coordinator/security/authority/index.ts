export { openAuthority } from './authority.js';
export type { Authority, AuthorityView, FormerView } from './authority.js';
export { findProtection } from './find-protection.js';
export { Protector } from './protector.js';
export { issueServerCertificates } from './server-certificates.js';
export type { ServerCertificates } from './server-certificates.js';
export type { Refusal, VerifiedCertificate } from './verify.js';
