export type { ContentSource } from './content.js';
export { ModuleBuilder } from './module-builder.js';
export type { BuildRules, ModuleBuilderParts } from './module-builder.js';
