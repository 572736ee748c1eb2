import type { ScaleMetric } from '../../common/model/autoscale.js';
import { scaleMetricName } from '../../common/model/autoscale.js';
import { isTotal, valueOf } from './measure.js';
import type { Measure } from './measure.js';

/** How many replicas a metric asks for, and why. */
export interface Wish {
  readonly replicas: number;
  /** Whether instances of which nothing is known keep it from asking for more, or for fewer. */
  readonly dampened: boolean;
  /** Metric, value and target, for people. */
  readonly text: string;
}

/** What follows a value. */
const UNITS: Readonly<Record<ScaleMetric['kind'], string>> = {
  ...{ cpu: ' %', memory: ' %', requests: '/s', latency: ' ms', http: '', nats: '' },
};
/** Division leaves a trace: 3 × 0.1 / 0.1 is more than 3. */
const NOISE = 1e-9;

/**
 * How many replicas the metric asks for: those that bring its value to the target, or as many as now while it is within
 * the tolerance. An instance of which nothing is known counts for nothing where more replicas are asked for, and as right
 * on target where fewer are: it may yet take load, or carry some. Undefined when the metric is missing.
 */
export function wishOf(measure: Measure, replicas: number, tolerance: number): Wish | undefined {
  const { metric, sum, instances, known } = measure;
  const value = valueOf(measure);
  if (sum === undefined || value === undefined) return undefined;
  const text = describe(measure, value);
  const unknown = isTotal(metric) ? 0 : Math.max(0, Math.max(instances, replicas) - known);
  const needed = Math.max(0, sum) / metric.target;
  const isHigh = isTotal(metric) ? needed > replicas : value > metric.target;
  const asked = isHigh ? needed : needed + unknown;
  const apparent = known > 0 ? (value / metric.target) * replicas : needed;
  const dampened = unknown > 0 && !isNear(apparent, replicas, tolerance);
  if (replicas > 0 && isNear(asked, replicas, tolerance)) return { replicas, dampened, text };
  const whole = Math.ceil(asked - NOISE);
  const bounded = isHigh ? Math.max(replicas, whole) : Math.min(replicas, whole);
  return { replicas: bounded, dampened: dampened && bounded === replicas, text };
}

function isNear(asked: number, replicas: number, tolerance: number): boolean {
  return Math.abs(asked - replicas) <= tolerance * replicas + NOISE;
}

function describe({ metric, known, instances }: Measure, value: number): string {
  const name = scaleMetricName(metric);
  const unit = UNITS[metric.kind];
  if (isTotal(metric)) return `${name} is ${format(value)}${unit}, target ${format(metric.target)}${unit} a replica`;
  const of = known < instances ? ` (${String(known)} of ${String(instances)} instances)` : '';
  return `${name} is ${format(value)}${unit} on average${of}, target ${format(metric.target)}${unit}`;
}

/** Three digits are enough to see what is meant. */
function format(value: number): string {
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}
