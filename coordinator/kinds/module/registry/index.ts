export { Analyses } from './analyses.js';
export { runnableRoles } from './analysis.js';
export type { Analysis } from './analysis.js';
export type { ModuleChange } from './changes.js';
export { extractApart } from './extract-apart.js';
export { ModuleLane } from './lane.js';
export { Modules } from './modules.js';
export type { ModuleSuggestion } from './suggest.js';
