export { SecretDelivery } from './delivery.js';
export { SecretKeys } from './keys.js';
export { requireSecrets, usersOf } from './references.js';
export { secretsNeedTls } from './refusals.js';
export { Secrets } from './secrets.js';
export type { Sealing, SecretValue } from './secrets.js';
export type { SecretPlace } from './envelope.js';
