import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Networks } from '../chain/index.js';

type Connection = ReturnType<Networks['connections']>[number];

const GAUGES: readonly (readonly [string, string, (connection: Connection) => number | undefined])[] = [
  [
    'network_connected',
    '1 while the coordinator is connected to the network',
    ({ state }) => (state === 'ready' ? 1 : 0),
  ],
  ['network_best_block', 'Best block of the network that was seen', ({ best }) => best?.number],
  ['network_finalized_block', 'Last final block of the network that was seen', ({ finalized }) => finalized?.number],
];

const COUNTERS: readonly (readonly [string, string, (connection: Connection) => number])[] = [
  ['network_reconnects_total', 'Connections to the network that ended', ({ standing }) => standing.reconnects],
  ['network_reorgs_total', 'Times that best blocks of the network were replaced', ({ standing }) => standing.reorgs],
];

/** Adds how the connections to chains stand to the metrics. */
export function collectNetworkMetrics(registry: Registry, networks: Pick<Networks, 'connections'>): void {
  const labels = { labelNames: ['network'], registers: [registry] };
  for (const [name, help, read] of GAUGES)
    new Gauge({
      ...{ name: `headframe_${name}`, help, ...labels },
      collect() {
        this.reset();
        for (const connection of networks.connections()) {
          const value = read(connection);
          if (value !== undefined) this.set({ network: connection.network }, value);
        }
      },
    });
  for (const [name, help, read] of COUNTERS)
    new Counter({
      ...{ name: `headframe_${name}`, help, ...labels },
      collect() {
        this.reset();
        for (const connection of networks.connections()) this.inc({ network: connection.network }, read(connection));
      },
    });
}
