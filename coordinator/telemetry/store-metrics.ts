import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { SERVER_STATES } from '../store/index.js';
import type { StoreServers } from '../store/store.js';

/** Adds the servers that hold the store to the metrics; their names are labels, for there are a few. Nothing of a store in files. */
export function collectStore(registry: Registry, servers: Pick<StoreServers, 'states' | 'rooms'> | undefined): void {
  if (servers === undefined) return;
  const registers = [registry];
  new Gauge({
    name: 'headframe_store_servers',
    help: 'NATS servers that are to hold the store, by how they stand',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of SERVER_STATES) this.set({ state }, 0);
      for (const state of servers.states.values()) this.inc({ state });
    },
  });
  new Gauge({
    name: 'headframe_store_room_bytes',
    help: 'Room for JetStream that is left on a NATS server',
    labelNames: ['server'],
    registers,
    collect() {
      this.reset();
      for (const [server, bytes] of servers.rooms) this.set({ server }, bytes);
    },
  });
}
