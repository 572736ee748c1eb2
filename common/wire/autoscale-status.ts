import { create } from '@bufbuild/protobuf';
import { AutoscaleStatusSchema } from '../gen/headframe/v1/autoscale_pb.js';
import type { AutoscaleStatus, ScaleMetricStatus } from '../gen/headframe/v1/autoscale_pb.js';
import type { ScaleStep } from '../model/autoscale.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** How the number of a miner's replicas stands to its load. */
export interface AutoscaleView {
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  /** As they were looked at last; empty before the first look of the coordinator. */
  readonly metrics: readonly MetricView[];
  readonly lastStep: ScaleStep | undefined;
  /** What was decided last and why; undefined before the first look. */
  readonly decided: { readonly reason: string; readonly text: string; readonly atMs: number } | undefined;
}

/** A metric against its target. */
export interface MetricView {
  readonly name: string;
  /** Percent for cpu and memory. */
  readonly target: number;
  /** Average of the instances that it is known of, or the total; undefined when it is missing. */
  readonly value: number | undefined;
  /** Whether the value is a total and the target each replica's share. */
  readonly total: boolean;
  /** What is in the way of a missing value. */
  readonly missing: string;
  /** Instances that were counted, of those that there are. */
  readonly known: number;
  readonly instances: number;
}

/** Puts the status on the wire. */
export function autoscaleViewToWire(view: AutoscaleView): AutoscaleStatus {
  const { desired, min, max, lastStep, decided } = view;
  return create(AutoscaleStatusSchema, {
    desired,
    min,
    max,
    metrics: view.metrics.map(({ value, ...metric }) => ({ ...metric, ...(value === undefined ? {} : { value }) })),
    ...(lastStep === undefined
      ? {}
      : { lastStep: { ...lastStep, atMs: numberToWire(lastStep.atMs, 'lastStep.atMs') } }),
    reason: decided?.reason ?? '',
    text: decided?.text ?? '',
    atMs: numberToWire(decided?.atMs ?? 0, 'autoscale.atMs'),
  });
}

/** Reads the status as the coordinator sends it. */
export function autoscaleViewFromWire(message: AutoscaleStatus): AutoscaleView {
  const { desired, min, max, lastStep, reason, text } = message;
  return {
    desired,
    min,
    max,
    metrics: message.metrics.map(metricFromWire),
    lastStep: lastStep && {
      atMs: numberFromWire(lastStep.atMs, 'lastStep.atMs'),
      from: lastStep.from,
      to: lastStep.to,
      text: lastStep.text,
    },
    decided: reason === '' ? undefined : { reason, text, atMs: numberFromWire(message.atMs, 'autoscale.atMs') },
  };
}

function metricFromWire({ name, target, value, total, missing, known, instances }: ScaleMetricStatus): MetricView {
  return { name, target, value, total, missing, known, instances };
}
