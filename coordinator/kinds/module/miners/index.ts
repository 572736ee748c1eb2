export { ModuleMiners } from './module-miners.js';
export type { ModuleMinersParts } from './module-miners.js';
export { moduleKind } from './module-kind.js';
export { recipeOf } from './recipe.js';
export type { BaseImages } from './recipe.js';
