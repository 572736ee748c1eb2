/** What the number of replicas follows; targets are values of one instance, or of one replica's share of a total. */
export type ScaleMetric =
  /** Use in percent of what the instance asks for; the average of all. */
  | { readonly kind: 'cpu'; readonly target: number }
  | { readonly kind: 'memory'; readonly target: number }
  /** Questions a second to a model; each replica's share. */
  | { readonly kind: 'requests'; readonly target: number }
  /** Milliseconds in which an instance of a model answers 95 of 100 questions; the average of all. */
  | { readonly kind: 'latency'; readonly target: number }
  | HttpScaleMetric
  | NatsScaleMetric;

/** A value that each instance serves by HTTP; the average of all is held at the target. */
export interface HttpScaleMetric {
  readonly kind: 'http';
  /** Number or name of a container port. */
  readonly port: number | string;
  readonly path: string;
  readonly select: ValueSelector;
  readonly target: number;
}

/** Where a value stands in what is served: a metric of the Prometheus text format, or a field of a JSON object. */
export interface ValueSelector {
  readonly format: 'prometheus' | 'json';
  readonly name: string;
}

/** A value that is published to a NATS subject as a field of a JSON object. */
export interface NatsScaleMetric {
  readonly kind: 'nats';
  readonly subject: string;
  /** Path of the field with the value. */
  readonly field: string;
  /** Whether each instance publishes its own, or one message has the total of all. */
  readonly per: 'instance' | 'total';
  /** Path of the field with the instance's id, where each publishes its own. */
  readonly instanceField: string;
  /** A value older than this counts as missing. */
  readonly maxAgeMs: number;
  readonly target: number;
}

/** Most replicas that may be added or taken within a period: the larger of both; without limit when both are 0. */
export interface ScaleStepLimit {
  readonly count: number;
  readonly percent: number;
  readonly periodMs: number;
}

/** How steps in one direction are held back. */
export interface ScaleRule {
  /** The most cautious wish of this long a time counts. */
  readonly stabilisationMs: number;
  /** Least time after a step, in either direction, before one in this. */
  readonly cooldownMs: number;
  readonly maxStep: ScaleStepLimit;
}

/** How the number of a miner's replicas follows its load. */
export interface AutoscaleSpec {
  readonly min: number;
  readonly max: number;
  /** One or more; the largest wish counts. */
  readonly metrics: readonly ScaleMetric[];
  /** Within this much of the target nothing is done. */
  readonly tolerancePercent: number;
  readonly scaleUp: ScaleRule;
  readonly scaleDown: ScaleRule;
}

/** A step that the autoscaler took, with its why. */
export interface ScaleStep {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What the autoscaler chose, kept with the miner so that a restart of the coordinator changes nothing. */
export interface AutoscaleRecord {
  readonly replicas: number;
  /** The newest last; those that limits still look at, and the last one in any case. */
  readonly steps: readonly ScaleStep[];
}

/** What an agent fetches from an instance, under the name that it reports the value by. */
export interface HttpSource {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly select: ValueSelector;
}

/** A value that an agent fetched; undefined when there is none, with what is in the way. */
export interface MetricReading {
  readonly name: string;
  readonly value: number | undefined;
  readonly why: string;
}

/** Name of a metric, unique within its miner, such as `cpu`, `http:9100/metrics#queue` or `nats:work.queue#pending`. */
export function scaleMetricName(metric: ScaleMetric): string {
  switch (metric.kind) {
    case 'cpu':
    case 'memory':
    case 'requests':
    case 'latency':
      return metric.kind;
    case 'http':
      return `http:${metric.port}${metric.path}#${metric.select.name}`;
    case 'nats':
      return `nats:${metric.subject}#${metric.field}`;
  }
}

/** Brings a number of replicas within the bounds. */
export function withinBounds({ min, max }: Pick<AutoscaleSpec, 'min' | 'max'>, replicas: number): number {
  return Math.min(max, Math.max(min, replicas));
}

/** What agents are to fetch of a miner's instances; undefined when nothing. */
export function httpSourcesOf(spec: {
  readonly autoscale?: AutoscaleSpec | undefined;
  readonly container: { readonly ports: readonly { readonly name: string; readonly containerPort: number }[] };
}): readonly HttpSource[] | undefined {
  const { ports } = spec.container;
  const sources = (spec.autoscale?.metrics ?? []).flatMap((metric): HttpSource[] => {
    if (metric.kind !== 'http') return [];
    const named = ports.find(({ name }) => name === metric.port)?.containerPort;
    const port = typeof metric.port === 'number' ? metric.port : named;
    // The manifest's rules refuse a port that there is not.
    return port === undefined
      ? []
      : [{ name: scaleMetricName(metric), port, path: metric.path, select: metric.select }];
  });
  return sources.length === 0 ? undefined : sources;
}
