import type { AutoscaleSpec, ScaleMetric, ScaleRule } from '../../common/model/autoscale.js';
import type { Measure } from '../../coordinator/autoscale/measure.js';

/** A CPU target of half of what is asked for. */
export const CPU: ScaleMetric = { kind: 'cpu', target: 50 };

/** A total over NATS, 10 of it for each replica. */
export const QUEUE: ScaleMetric = {
  kind: 'nats',
  subject: 'work.queue',
  field: 'value',
  per: 'total',
  instanceField: 'instance',
  maxAgeMs: 60_000,
  target: 10,
};

/** A rule that holds nothing back. */
export function sampleRule(patch: Partial<ScaleRule> = {}): ScaleRule {
  return { stabilisationMs: 0, cooldownMs: 0, maxStep: { count: 0, percent: 0, periodMs: 15_000 }, ...patch };
}

/** A policy between 1 and 10 on CPU that holds nothing back. */
export function samplePolicy(patch: Partial<AutoscaleSpec> = {}): AutoscaleSpec {
  const rules = { scaleUp: sampleRule(), scaleDown: sampleRule() };
  return { min: 1, max: 10, metrics: [CPU], tolerancePercent: 10, ...rules, ...patch };
}

/** What is known where each of these instances has a value; `undefined` stands for one of which nothing is known. */
export function measureOf(values: readonly (number | undefined)[], metric: ScaleMetric = CPU): Measure {
  const known = values.filter((value) => value !== undefined);
  const sum = known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
  const missing = known.length < values.length ? 'it is not there' : '';
  return { metric, instances: values.length, known: known.length, sum, missing };
}

/** What is known of a total. */
export function totalOf(sum: number | undefined, metric: ScaleMetric = QUEUE): Measure {
  return { metric, instances: 1, known: 0, sum, missing: sum === undefined ? 'nothing was published' : '' };
}
