export { openModules } from './open-modules.js';
export type { ModuleRegistry } from './open-modules.js';
export { moduleKind } from './miners/index.js';
export type { ModuleMiners } from './miners/index.js';
export type { Expected, MadePackage, ModulePackages, TrustedSigner } from './package/index.js';
export type { Analysis, ModuleChange, ModuleSuggestion, Modules } from './registry/index.js';
export type { ProfileMistake, RoleProfile } from './profiles/index.js';
export type { ModuleSetting } from './extract/index.js';
