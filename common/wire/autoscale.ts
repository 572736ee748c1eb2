import { create } from '@bufbuild/protobuf';
import { AutoscaleSchema, ScalePer, ValueSelectorSchema } from '../gen/headframe/v1/autoscale_pb.js';
import type {
  Autoscale,
  ScaleMetric as WireMetric,
  ScaleRule as WireRule,
  ValueSelector as WireSelector,
} from '../gen/headframe/v1/autoscale_pb.js';
import type { AutoscaleSpec, NatsScaleMetric, ScaleMetric, ScaleRule, ValueSelector } from '../model/autoscale.js';
import type { PlainMapping } from '../model/manifest/index.js';
import { enumTable } from './enum-table.js';
import type { EnumTable } from './enum-table.js';

const SCALE_PER: EnumTable<NatsScaleMetric['per'], ScalePer> = enumTable({
  instance: ScalePer.INSTANCE,
  total: ScalePer.TOTAL,
});

/** Puts an autoscaling policy on the wire, every field set. */
export function autoscaleToWire(autoscale: AutoscaleSpec): Autoscale {
  const { metrics, scaleUp, scaleDown, ...bounds } = autoscale;
  return create(AutoscaleSchema, {
    ...bounds,
    metrics: metrics.map((metric) => ({ source: sourceToWire(metric) })),
    scaleUp: ruleToWire(scaleUp),
    scaleDown: ruleToWire(scaleDown),
  });
}

/** A policy from the wire in the user's form, unchecked; what is unset stays out. */
export function autoscaleManifest(message: Autoscale): PlainMapping {
  return {
    min: message.min,
    max: message.max,
    metrics: message.metrics.map(({ source }) => metricManifest(source)),
    tolerance: message.tolerancePercent,
    scaleUp: message.scaleUp && ruleManifest(message.scaleUp),
    scaleDown: message.scaleDown && ruleManifest(message.scaleDown),
  };
}

/** Puts where a value stands on the wire. */
export function selectorToWire({ format, name }: ValueSelector): WireSelector {
  return create(ValueSelectorSchema, { format: { case: format, value: name } });
}

/** Reads where a value stands; undefined for a format that is not known. */
export function selectorFromWire(message: WireSelector | undefined): ValueSelector | undefined {
  const format = message?.format;
  return format?.case === undefined ? undefined : { format: format.case, name: format.value };
}

function sourceToWire(metric: ScaleMetric): WireMetric['source'] {
  switch (metric.kind) {
    case 'cpu':
      return { case: 'cpuPercent', value: metric.target };
    case 'memory':
      return { case: 'memoryPercent', value: metric.target };
    case 'requests':
      return { case: 'requestsPerSecond', value: metric.target };
    case 'latency':
      return { case: 'latencyMs', value: metric.target };
    case 'http': {
      const { port, path, target, select } = metric;
      const value = { port: String(port), path, target, select: selectorToWire(select) };
      return { case: 'http', value: { $typeName: 'headframe.v1.HttpScaleMetric', ...value } };
    }
    case 'nats': {
      const { kind: _kind, per, ...rest } = metric;
      const value = { ...rest, per: SCALE_PER.toWire(per) };
      return { case: 'nats', value: { $typeName: 'headframe.v1.NatsScaleMetric', ...value } };
    }
  }
}

function ruleToWire({ stabilisationMs, cooldownMs, maxStep }: ScaleRule): WireRule {
  return {
    $typeName: 'headframe.v1.ScaleRule',
    stabilisationMs,
    cooldownMs,
    maxStep: { $typeName: 'headframe.v1.ScaleStepLimit', ...maxStep },
  };
}

function metricManifest(source: WireMetric['source']): PlainMapping {
  switch (source.case) {
    case 'cpuPercent':
      return { cpu: source.value };
    case 'memoryPercent':
      return { memory: source.value };
    case 'requestsPerSecond':
      return { requests: source.value };
    case 'latencyMs':
      return { latency: milliseconds(source.value) };
    case 'http': {
      const { port, path, target, select } = source.value;
      const { format, name } = selectorFromWire(select) ?? { format: 'prometheus', name: undefined };
      const value = format === 'prometheus' ? { metric: name } : { json: name };
      return { http: { port: /^\d+$/.test(port) ? Number(port) : port, path: unlessEmpty(path), ...value, target } };
    }
    case 'nats': {
      const { subject, field, per, instanceField, maxAgeMs, target } = source.value;
      const word = per === ScalePer.UNSPECIFIED ? undefined : (SCALE_PER.find(per) ?? String(per));
      const paths = { field: unlessEmpty(field), instanceField: unlessEmpty(instanceField) };
      return { nats: { subject, ...paths, per: word, maxAge: milliseconds(maxAgeMs), target } };
    }
    case undefined:
      return {};
  }
}

function ruleManifest({ stabilisationMs, cooldownMs, maxStep }: WireRule): PlainMapping {
  return {
    stabilisationWindow: milliseconds(stabilisationMs),
    cooldown: milliseconds(cooldownMs),
    maxStep: maxStep && { count: maxStep.count, percent: maxStep.percent, period: milliseconds(maxStep.periodMs) },
  };
}

function milliseconds(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}ms`;
}

function unlessEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
