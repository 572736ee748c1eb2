import type { Registry } from 'prom-client';
import { createRegistry } from '../../common/observe/metrics.js';
import type { Router } from '../router/index.js';
import { collectFleetMetrics } from './fleet-metrics.js';
import type { FleetMetricsParts } from './fleet-metrics.js';
import { collectNetworkMetrics } from './network-metrics.js';
import { collectRewardMetrics } from './reward-metrics.js';
import { collectRouterMetrics } from './router-metrics.js';
import { collectSessionMetrics } from './session-metrics.js';
import type { SessionMetricsParts } from './session-metrics.js';
import { collectSpaceMetrics } from './space-metrics.js';

/** What metrics are read from. */
interface MetricsParts extends FleetMetricsParts, SessionMetricsParts {
  readonly networks: Parameters<typeof collectNetworkMetrics>[1];
  readonly metagraphs: Parameters<typeof collectRewardMetrics>[1];
  readonly router: Router;
  readonly heads: Parameters<typeof collectSpaceMetrics>[1];
}

/** Makes the registry of all that a coordinator tells Prometheus; calls are counted by `countCalls`. */
export function collectMetrics(parts: MetricsParts): Registry {
  const registry = createRegistry('coordinator');
  collectFleetMetrics(registry, parts);
  collectSessionMetrics(registry, parts);
  collectNetworkMetrics(registry, parts.networks);
  collectRewardMetrics(registry, parts.metagraphs);
  collectRouterMetrics(registry, parts.router);
  collectSpaceMetrics(registry, parts.heads);
  return registry;
}
