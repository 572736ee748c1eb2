export { GitSource } from './git-source.js';
export type { SourceContent, SourceRules } from './git-source.js';
export { MOST_DEPTH, MOST_ENTRIES, MOST_FILE_BYTES } from './limits.js';
export { moduleRefField, moduleUrlField } from './module-url.js';
export { classed, sourceError } from './refusals.js';
export type { SkippedEntry } from './tree.js';
