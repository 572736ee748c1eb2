export { MODULE_FILE, readModuleFile } from './module-file.js';
export type { ModuleSight } from './module-sight.js';
export { profileOf, rolesOf } from './profile.js';
export type { ProfileMistake, ProfileOutcome, RoleProfile, RoleVariable } from './role-profile.js';
