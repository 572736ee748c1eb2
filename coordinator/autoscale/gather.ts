import type { ScaleMetric } from '../../common/model/autoscale.js';
import { scaleMetricName } from '../../common/model/autoscale.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { isEnded } from '../../common/model/instance.js';
import type { MinerRecord, ResourceRequest } from '../../common/model/miner.js';
import type { CpuMeans } from './cpu-means.js';
import type { InstanceSample } from './host-samples.js';
import { isTotal } from './measure.js';
import type { Measure } from './measure.js';

/** Where values come from. */
export interface ValueSources {
  /** The newest usage of an instance. */
  readonly sample: (record: InstanceRecord) => InstanceSample | undefined;
  readonly cpu: CpuMeans;
  /** What an instance asked for, which may be other than what new ones do. */
  readonly request: (record: InstanceRecord) => ResourceRequest;
  /** Milliseconds in which an instance answers 95 of 100 questions. */
  readonly latencyMs: (record: InstanceRecord) => number;
  /** What was published or counted of a metric: its total, or of one instance; a text tells why there is nothing. */
  readonly published: (metric: ScaleMetric, serial?: number) => number | string;
}

/** A value, or what is in the way. */
type Reading = number | string;

/** Reads each metric of a miner over some of its instances. Those that are not available, or on their way out, tell nothing. */
export function gatherMeasures(
  { spec }: MinerRecord,
  instances: readonly InstanceRecord[],
  sources: ValueSources,
): readonly Measure[] {
  const active = instances.filter(({ state }) => state !== 'stopping' && !isEnded(state));
  const available = active.filter(isAvailable).map((record) => ({ record, sample: sources.sample(record) }));
  return (spec.autoscale?.metrics ?? []).map((metric): Measure => {
    if (isTotal(metric)) return totalOf(metric, active.length, sources.published(metric));
    const readings = available.map(({ record, sample }) => readingOf(metric, record, sample, sources));
    return averageOf(metric, active.length, readings);
  });
}

function isAvailable({ state, health }: InstanceRecord): boolean {
  return state === 'running' && (health === 'none' || health === 'healthy');
}

function readingOf(
  metric: ScaleMetric,
  record: InstanceRecord,
  sample: InstanceSample | undefined,
  sources: ValueSources,
): Reading {
  if (metric.kind === 'latency') return sources.latencyMs(record);
  if (metric.kind === 'nats' || metric.kind === 'requests') return sources.published(metric, record.serial);
  if (sample === undefined) return 'the agent has not reported its usage';
  const { cpuMillis, memoryBytes } = sources.request(record);
  switch (metric.kind) {
    case 'cpu':
      return (sources.cpu.meanMillis(record.serial, sample) / cpuMillis) * 100;
    case 'memory':
      return (sample.usage.memoryBytes / memoryBytes) * 100;
    case 'http': {
      const name = scaleMetricName(metric);
      const reading = sample.usage.metrics?.find((one) => one.name === name);
      return reading?.value ?? reading?.why ?? 'the agent has not fetched it yet';
    }
  }
}

function averageOf(metric: ScaleMetric, instances: number, readings: readonly Reading[]): Measure {
  const values = readings.filter((reading) => typeof reading === 'number');
  const missing = readings.find((reading) => typeof reading === 'string') ?? 'no instance is available';
  const sum = values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);
  return { metric, instances, known: values.length, sum, missing: values.length < instances ? missing : '' };
}

function totalOf(metric: ScaleMetric, instances: number, reading: Reading): Measure {
  if (typeof reading === 'string') return { metric, instances, known: 0, sum: undefined, missing: reading };
  return { metric, instances, known: 0, sum: reading, missing: '' };
}
