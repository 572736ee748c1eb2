import type { ScaleMetric } from '../../common/model/autoscale.js';

/** What is known of a metric at one moment. */
export interface Measure {
  readonly metric: ScaleMetric;
  /** Of the instances it is known of, added up; or the total. Undefined when it is known of none. */
  readonly sum: number | undefined;
  /** Instances that it is known of; 0 for a total. */
  readonly known: number;
  /** Instances that are there or are to come. */
  readonly instances: number;
  /** What is in the way where it is not known; '' when nothing. */
  readonly missing: string;
}

/** Whether one value stands for all instances together. */
export function isTotal(metric: ScaleMetric): boolean {
  return metric.kind === 'requests' || (metric.kind === 'nats' && metric.per === 'total');
}

/** What is known of a metric by two parts of a miner's instances. */
export function addMeasures(a: Measure, b: Measure): Measure {
  const { metric } = a;
  const isKnown = a.sum !== undefined || b.sum !== undefined;
  return {
    metric,
    sum: isTotal(metric) ? a.sum : isKnown ? (a.sum ?? 0) + (b.sum ?? 0) : undefined,
    known: a.known + b.known,
    instances: a.instances + b.instances,
    missing: a.missing === '' ? b.missing : a.missing,
  };
}

/** The value that is held against the target: the average, or the total; undefined when it is missing. */
export function valueOf({ metric, sum, known }: Measure): number | undefined {
  if (sum === undefined) return undefined;
  return isTotal(metric) ? sum : sum / known;
}
