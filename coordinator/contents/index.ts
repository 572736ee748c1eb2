export { digestOf } from './archive.js';
export type { SourceFile } from './archive.js';
export { ContentDesk } from './content-desk.js';
export { ContentStore } from './content-store.js';
export { ContentKeeper } from './content-keeper.js';
export type { ContentVault, KeptContent } from './content-vault.js';
export { neededContent } from './needed-content.js';
export { contentError } from './refusals.js';
export { MOST_PATH_BYTES, isSafePath } from './safe-path.js';
