import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { MessageBus } from '../../common/observe/bus.js';
import { REPORT_VERDICTS } from '../sessions/index.js';
import type { LiveBoard, Sessions, UsageSample } from '../sessions/index.js';
import type { Publisher } from './publisher.js';

/** What the metrics of sessions and of the bus are read from. */
export interface SessionMetricsParts {
  readonly sessions: Pick<Sessions, 'size' | 'reportCounts'>;
  readonly board: LiveBoard;
  /** All that are raised now. */
  readonly alarms: () => readonly { readonly reason: string }[];
  /** Absent when no NATS server is configured. */
  readonly bus: Pick<MessageBus, 'connected' | 'dropped'> | undefined;
  readonly publisher: Pick<Publisher, 'skipped'> | undefined;
}

/** Adds agents' sessions, their reports, hosts' usage and the NATS connection to the metrics. */
export function collectSessionMetrics(registry: Registry, parts: SessionMetricsParts): void {
  const { sessions, board } = parts;
  const registers = [registry];
  new Gauge({
    name: 'headframe_sessions',
    help: 'Open sessions of agents',
    registers,
    collect() {
      this.set(sessions.size);
    },
  });
  new Counter({
    name: 'headframe_reports_total',
    help: 'Reports of instances by what became of them',
    labelNames: ['verdict'],
    registers,
    collect() {
      this.reset();
      for (const verdict of REPORT_VERDICTS) this.inc({ verdict }, sessions.reportCounts.get(verdict) ?? 0);
    },
  });
  new Gauge({
    name: 'headframe_alarms',
    help: 'Alarms of the fleet that are raised now, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const { reason } of parts.alarms()) this.inc({ reason });
    },
  });
  collectHostUsage(registry, board);
  collectBus(registry, parts);
}

const HOST_GAUGES: readonly (readonly [string, string, (sample: UsageSample) => number])[] = [
  ['host_cpu_millis', 'Use of a whole host in thousandths of a CPU', ({ host }) => host.cpuMillis],
  ['host_memory_bytes', 'Memory in use on a host', ({ host }) => host.memoryBytes],
  ['host_disk_bytes', 'Disk in use on a host', ({ host }) => host.diskBytes],
  ['host_load1', 'Load average of a host over a minute', ({ host }) => host.load1],
];

function collectHostUsage(registry: Registry, board: LiveBoard): void {
  for (const [name, help, read] of HOST_GAUGES)
    new Gauge({
      name: `headframe_${name}`,
      help,
      labelNames: ['host'],
      registers: [registry],
      collect() {
        this.reset();
        for (const sample of board.samples()) this.set({ host: sample.hostId }, read(sample));
      },
    });
}

function collectBus(registry: Registry, { bus, publisher }: SessionMetricsParts): void {
  new Gauge({
    name: 'headframe_bus_connected',
    help: '1 while metrics and events reach a NATS server',
    registers: [registry],
    collect() {
      this.set(bus?.connected === true ? 1 : 0);
    },
  });
  const total = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `headframe_${name}`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  total('bus_dropped_total', 'Messages that found no NATS server', () => bus?.dropped ?? 0);
  total('bus_skips_total', 'Times that events came too fast to be published', () => publisher?.skipped ?? 0);
}
