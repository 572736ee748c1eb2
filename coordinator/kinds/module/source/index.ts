export type { SourceFile } from './blobs.js';
export { ContentStore } from './content-store.js';
export { GitSource } from './git-source.js';
export type { SourceContent, SourceRules } from './git-source.js';
export { moduleRefField, moduleUrlField } from './module-url.js';
export { sourceError } from './refusals.js';
export { isSafePath } from './tree.js';
export type { SkippedEntry } from './tree.js';
