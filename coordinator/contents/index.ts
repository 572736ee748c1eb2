export { digestOf } from './archive.js';
export type { SourceFile } from './archive.js';
export { ContentDesk } from './content-desk.js';
export { ContentStore } from './content-store.js';
export type { KeptContent } from './content-store.js';
export { neededContent } from './needed-content.js';
export { contentError } from './refusals.js';
export { MOST_PATH_BYTES, isSafePath } from './safe-path.js';
