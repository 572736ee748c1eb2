import { isDeepStrictEqual } from 'node:util';
import type { AutoscaleSpec, ScaleMetric, ScaleRule } from '../autoscale.js';
import { formatDuration } from '../units.js';
import { isMapping } from './plain.js';
import type { Plain, PlainMapping } from './plain.js';

/** The user's form of an autoscaling policy, with every field. */
export function autoscaleToManifest({ min, max, metrics, tolerancePercent, ...rules }: AutoscaleSpec): PlainMapping {
  return {
    min,
    max,
    metrics: metrics.map(metricToManifest),
    tolerance: tolerancePercent,
    scaleUp: ruleToManifest(rules.scaleUp),
    scaleDown: ruleToManifest(rules.scaleDown),
  };
}

/** The smallest policy, from which the defaults of all others are read. */
export const SMALLEST_AUTOSCALE: PlainMapping = { max: 1, metrics: [{ cpu: 1 }] };

/** What need not be said of a policy, given the smallest one with every field. */
export function autoscaleDefaults(smallest: Plain, own: PlainMapping): PlainMapping {
  if (!isMapping(smallest)) return {};
  const { max: _max, metrics: _metrics, scaleUp, scaleDown, ...bounds } = smallest;
  return {
    ...bounds,
    scaleUp: ruleDefaults(scaleUp, own['scaleUp']),
    scaleDown: ruleDefaults(scaleDown, own['scaleDown']),
  };
}

// A step limit is the default as a whole or not at all: what is left out of one that is given is no limit.
function ruleDefaults(standard: Plain, own: Plain): Plain {
  if (!isMapping(standard) || !isMapping(own)) return standard;
  if (isDeepStrictEqual(own['maxStep'], standard['maxStep'])) return standard;
  return { ...standard, maxStep: { percent: 0, period: '15s' } };
}

// Entries of lists leave their defaults out at once: lists are compared as a whole.
function metricToManifest(metric: ScaleMetric): PlainMapping {
  switch (metric.kind) {
    case 'cpu':
      return { cpu: metric.target };
    case 'memory':
      return { memory: metric.target };
    case 'requests':
      return { requests: metric.target };
    case 'latency':
      return { latency: formatDuration(metric.target) };
    case 'http': {
      const { port, path, select, target } = metric;
      const value = select.format === 'prometheus' ? { metric: select.name } : { json: select.name };
      return { http: { port, path: path === '/metrics' ? undefined : path, ...value, target } };
    }
    case 'nats': {
      const { subject, field, per, instanceField, maxAgeMs, target } = metric;
      return {
        nats: {
          subject,
          field: field === 'value' ? undefined : field,
          per: per === 'instance' ? undefined : per,
          instanceField: instanceField === 'instance' ? undefined : instanceField,
          maxAge: maxAgeMs === 60_000 ? undefined : formatDuration(maxAgeMs),
          target,
        },
      };
    }
  }
}

function ruleToManifest({ stabilisationMs, cooldownMs, maxStep }: ScaleRule): PlainMapping {
  return {
    stabilisationWindow: formatDuration(stabilisationMs),
    cooldown: formatDuration(cooldownMs),
    maxStep: { count: maxStep.count, percent: maxStep.percent, period: formatDuration(maxStep.periodMs) },
  };
}
