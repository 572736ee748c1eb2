export type { SourceText } from '../schema/documents.js';
export { diffSpecs } from './diff.js';
export type { SpecChange } from './diff.js';
export { parseDocuments, parseManifest, parseManifests } from './parse.js';
export type { ParsedManifests } from './parse.js';
export type { Plain, PlainMapping } from './plain.js';
export { specToFullManifest, specToManifest } from './print.js';
export { manifestJsonSchema } from './json-schema.js';
