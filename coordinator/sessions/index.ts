export { LiveBoard } from './live-board.js';
export type { Progress, UsageSample } from './live-board.js';
export { LivenessWatch } from './liveness-watch.js';
export { Sessions } from './sessions.js';
export type { Tunnel } from './tunnels.js';
