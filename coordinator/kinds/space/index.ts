export { SpaceHeads } from './space-heads.js';
export { spaceKind } from './space-kind.js';
