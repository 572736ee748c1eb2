export { ModulePackages } from './module-packages.js';
export type { Expected, MadePackage } from './module-packages.js';
export { Signers } from './signers.js';
export type { TrustedSigner } from './signers.js';
