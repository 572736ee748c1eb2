export { extract } from './extract.js';
export { readFolder } from './read-folder.js';
export type * from './setting.js';
