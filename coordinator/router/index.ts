export { knock } from './knock.js';
export { Reach } from './reach.js';
export type { ReachPort } from './reach.js';
export { notRunning } from './reach-errors.js';
