import { z } from 'zod';
import type { AutoscaleSpec, NatsScaleMetric, ScaleMetric, ScaleStepLimit } from '../autoscale.js';
import { scaleMetricName } from '../autoscale.js';
import { durationField } from '../schema/amounts.js';
import { strictObject } from '../schema/strict-object.js';
import { VALUE_PATH } from '../value-path.js';
import { LIMITS } from './limits.js';
import { portName, portNumber } from './port.js';

const percentOfRequest = z.int().min(1).max(100);
const targetField = z.number().positive().max(1e15);
const windowField = durationField(LIMITS.scaleWindowMs);

const valuePath = z
  .string()
  .max(LIMITS.valuePath)
  .regex(VALUE_PATH, 'a path of fields and indexes, such as queue.waiting or workers[0].busy');

const httpMetric = strictObject({
  port: z
    .union([portNumber, portName], { error: 'a port number or the name of a port' })
    .describe('Number or name of the container port that is asked.'),
  path: z
    .string()
    .max(LIMITS.metricPath)
    .regex(/^\/[\x21\x22\x24-\x7e]*$/, 'a path beginning with "/", without spaces and "#"')
    .prefault('/metrics')
    .describe('Path of the request.'),
  metric: z
    .string()
    .max(LIMITS.valuePath)
    .regex(/^[A-Za-z_:][A-Za-z0-9_:]*$/, 'a metric name: letters, digits, _ and :, not beginning with a digit')
    .optional()
    .describe('Metric in the Prometheus text format; all its series are added up.'),
  json: valuePath.optional().describe('Or the path of a number in a JSON answer.'),
  target: targetField.describe('Average value of an instance that is aimed at.'),
}).superRefine(({ metric, json }, context) => {
  if ((metric === undefined) !== (json === undefined)) return;
  const params = { remedy: 'Name the metric of a Prometheus text, or the field of a JSON answer.' };
  context.addIssue({ code: 'custom', message: 'exactly one of metric and json', params });
});

/** Subjects of the server and of the fleet itself are nobody's metrics; a first wildcard would hear everything. */
const SUBJECT = /^(?!\$|headframe(?:\.|$)|[*>])[^\s.*>\0]+(?:\.(?:\*|[^\s.*>\0]+))*(?:\.>)?$/;

const natsMetric = strictObject({
  subject: z
    .string()
    .max(LIMITS.subject)
    .regex(SUBJECT, 'a NATS subject that begins with neither a wildcard, "$" nor "headframe."')
    .describe('Subject that is subscribed to; `*` and `>` after the first token where instances publish their own.'),
  field: valuePath.prefault('value').describe('Path of the number in the JSON payload.'),
  per: z
    .enum(['instance', 'total'])
    .prefault('instance')
    .describe('Whether each instance publishes its own value, or one message has the total of all.'),
  instanceField: valuePath
    .prefault('instance')
    .describe('Path of the instance id, as in HEADFRAME_INSTANCE, where each publishes its own.'),
  maxAge: durationField(LIMITS.metricAgeMs).prefault('1m').describe('A value that is older counts as missing.'),
  target: targetField.describe('Value of one instance, or share of the total of one replica, that is aimed at.'),
});

const metricField = strictObject({
  cpu: percentOfRequest.optional().describe('Average CPU use aimed at, in percent of `resources.cpu`.'),
  memory: percentOfRequest.optional().describe('Average memory use aimed at, in percent of `resources.memory`.'),
  requests: targetField
    .optional()
    .describe(
      'Questions a second to a model, as the coordinator counts them: the share of a replica that is aimed at.',
    ),
  latency: durationField(LIMITS.scaleLatencyMs)
    .optional()
    .describe('Time in which an instance of a model answers 95 of 100 questions that is aimed at.'),
  http: httpMetric.optional().describe('A value that each instance serves by HTTP.'),
  nats: natsMetric.optional().describe('A value that is published over NATS.'),
}).transform((entry, context): ScaleMetric => {
  const [metric, ...more] = metricsOf(entry);
  if (metric !== undefined && more.length === 0) return metric;
  const params = { remedy: 'Make an entry of the list for each metric.' };
  context.addIssue({ code: 'custom', message: 'exactly one of cpu, memory, requests, latency, http, nats', params });
  return z.NEVER;
});

interface MetricEntry {
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly requests?: number | undefined;
  readonly latency?: number | undefined;
  readonly http?: z.output<typeof httpMetric> | undefined;
  readonly nats?: z.output<typeof natsMetric> | undefined;
}

function metricsOf({ cpu, memory, requests, latency, http, nats }: MetricEntry): ScaleMetric[] {
  const metrics: ScaleMetric[] = [];
  if (cpu !== undefined) metrics.push({ kind: 'cpu', target: cpu });
  if (memory !== undefined) metrics.push({ kind: 'memory', target: memory });
  if (requests !== undefined) metrics.push({ kind: 'requests', target: requests });
  if (latency !== undefined) metrics.push({ kind: 'latency', target: latency });
  if (http !== undefined) {
    const { port, path, target, metric, json } = http;
    const format = metric === undefined ? 'json' : 'prometheus';
    metrics.push({ kind: 'http', port, path, select: { format, name: metric ?? json ?? '' }, target });
  }
  if (nats !== undefined) {
    const { maxAge, ...rest } = nats;
    metrics.push({ kind: 'nats', ...rest, maxAgeMs: maxAge });
  }
  return metrics;
}

const stepField = strictObject({
  count: z.int().min(0).max(LIMITS.replicas).prefault(0).describe('Most replicas within a period.'),
  percent: z
    .int()
    .min(0)
    .max(10_000)
    .prefault(0)
    .describe('Most replicas within a period, in percent of those before.'),
  period: durationField(LIMITS.scalePeriodMs).prefault('15s').describe('Length of the period.'),
}).transform(({ count, percent, period }): ScaleStepLimit => ({ count, percent, periodMs: period }));

function ruleField(window: string, maxStep: { count: number; percent: number }) {
  return strictObject({
    stabilisationWindow: windowField
      .prefault(window)
      .describe('The most cautious wish of this long a time counts, so that a short change has no effect.'),
    cooldown: windowField
      .prefault('0s')
      .describe('Least time after a step, in either direction, before one in this direction.'),
    maxStep: stepField
      .prefault(maxStep)
      .describe(
        'Most replicas within a period; of count and percent the larger counts, with neither there is no limit.',
      ),
  }).transform(({ stabilisationWindow, cooldown, maxStep }) => ({
    stabilisationMs: stabilisationWindow,
    cooldownMs: cooldown,
    maxStep,
  }));
}

/** How the number of replicas follows the load; the defaults are those that users of the Kubernetes HPA know. */
export const autoscaleField = strictObject({
  min: z.int().min(0).max(LIMITS.replicas).prefault(1).describe('Least replicas; 0 only with a total over NATS.'),
  max: z.int().min(1).max(LIMITS.replicas).describe('Most replicas.'),
  metrics: z
    .array(metricField)
    .min(1)
    .max(LIMITS.scaleMetrics)
    .describe('What the number follows; with several the largest wish counts.'),
  tolerance: z
    .int()
    .min(0)
    .max(100)
    .prefault(10)
    .describe('Nothing is done while the value is within this many percent of its target.'),
  scaleUp: ruleField('0s', { count: 4, percent: 100 }).prefault({}).describe('How replicas are added.'),
  scaleDown: ruleField('5m', { count: 0, percent: 100 }).prefault({}).describe('How replicas are taken away.'),
})
  .transform(({ tolerance, ...rest }): AutoscaleSpec => ({ ...rest, tolerancePercent: tolerance }))
  .superRefine(checkAutoscale);

function checkAutoscale({ min, max, metrics }: AutoscaleSpec, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string, remedy: string): void =>
    context.addIssue({ code: 'custom', path, message, params: { remedy } });
  if (min > max) refuse(['min'], `at most max, ${max}`, 'Lower min, or raise max.');
  if (min === 0 && !metrics.some((metric) => metric.kind === 'requests' || isTotal(metric)))
    refuse(['min'], 'at least 1 without a metric that is a total', 'Without instances nobody would tell their load.');
  metrics.forEach((metric, index) => {
    const name = scaleMetricName(metric);
    const first = metrics.findIndex((one) => scaleMetricName(one) === name);
    if (first < index) refuse(['metrics', index], `another metric than metrics[${first}]`, 'Remove one of them.');
    if (isTotal(metric) && /[*>]/.test(metric.subject)) {
      const remedy = 'Several publishers would overwrite each other: name one subject, or use per: instance.';
      refuse(['metrics', index, 'nats', 'subject'], 'a subject without wildcards with per: total', remedy);
    }
  });
}

function isTotal(metric: ScaleMetric): metric is NatsScaleMetric {
  return metric.kind === 'nats' && metric.per === 'total';
}
