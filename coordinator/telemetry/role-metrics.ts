import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** Adds whether this coordinator leads to the metrics: 1 where it does, and 0 where it follows. */
export function collectRole(registry: Registry, leads: () => boolean): void {
  new Gauge({
    name: 'headframe_leads',
    help: 'Whether this coordinator leads: 1, or follows: 0',
    registers: [registry],
    collect() {
      this.set(leads() ? 1 : 0);
    },
  });
}
