export { collectMetrics } from './collect-metrics.js';
export { countCalls } from './call-metrics.js';
export { collectFleetMetrics } from './fleet-metrics.js';
export { collectNetworkMetrics } from './network-metrics.js';
export { Publisher } from './publisher.js';
export { collectRewardMetrics } from './reward-metrics.js';
export { collectRouterMetrics } from './router-metrics.js';
export { collectSessionMetrics } from './session-metrics.js';
