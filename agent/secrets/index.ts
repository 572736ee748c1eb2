export { HostSecrets } from './host-secrets.js';
export type { SecretStanding } from './host-secrets.js';
export { hostFolderOf, secretMounts } from './layout.js';
export { openSecretFolder } from './secret-folder.js';
export type { KeptSecrets } from './secret-folder.js';
