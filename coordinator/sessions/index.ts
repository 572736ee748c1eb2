export { TunnelStream, dialThrough } from './tunnel-stream.js';
export { fingerprintAlarms } from './fingerprints.js';
export { LiveBoard } from './live-board.js';
export type { UsageSample } from './live-board.js';
export { LivenessWatch } from './liveness-watch.js';
export { REPORT_VERDICTS } from './reports.js';
export { Sessions } from './sessions.js';
export { tunnelFailure } from './tunnel-failure.js';
export type { Tunnel } from './tunnels.js';
