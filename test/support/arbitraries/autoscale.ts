import fc from 'fast-check';
import type { AutoscaleSpec, ScaleMetric, ScaleRule } from '../../../common/model/autoscale.js';
import { scaleMetricName } from '../../../common/model/autoscale.js';
import type { PortSpec } from '../../../common/model/miner.js';

const target = fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.constant(0.25));
const name = fc.constantFrom('value', 'queue', 'queue_length');

const rule: fc.Arbitrary<ScaleRule> = fc.record({
  stabilisationMs: fc.integer({ min: 0, max: 3_600_000 }),
  cooldownMs: fc.integer({ min: 0, max: 3_600_000 }),
  maxStep: fc.record({
    count: fc.constantFrom(0, 4, 7),
    percent: fc.constantFrom(0, 100, 250),
    periodMs: fc.constantFrom(15_000, 60_000),
  }),
});

/** A valid policy for a miner with these ports. */
export function anyAutoscale(ports: readonly PortSpec[]): fc.Arbitrary<AutoscaleSpec> {
  const metrics = fc.uniqueArray(fc.oneof(...metricsFor(ports)), {
    minLength: 1,
    maxLength: 4,
    selector: scaleMetricName,
  });
  return fc
    .record({
      min: fc.integer({ min: 1, max: 50 }),
      more: fc.integer({ min: 0, max: 500 }),
      metrics,
      tolerancePercent: fc.integer({ min: 0, max: 100 }),
      scaleUp: rule,
      scaleDown: rule,
    })
    .map(({ more, ...policy }) => ({ ...policy, max: policy.min + more }));
}

function metricsFor(ports: readonly PortSpec[]): fc.Arbitrary<ScaleMetric>[] {
  const percent = fc.integer({ min: 1, max: 100 });
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  const references = tcp.flatMap((port): (string | number)[] => [port.name, port.containerPort]);
  const http = fc.record({
    kind: fc.constant('http' as const),
    port: fc.constantFrom(...(references.length === 0 ? [0] : references)),
    path: fc.constantFrom('/', '/metrics', '/status?full=1'),
    select: fc.record({ format: fc.constantFrom('prometheus' as const, 'json' as const), name }),
    target,
  });
  const nats = fc.record({
    kind: fc.constant('nats' as const),
    subject: fc.constantFrom('work', 'work.queue'),
    field: name,
    per: fc.constantFrom('instance' as const, 'total' as const),
    instanceField: fc.constantFrom('instance', 'who.id'),
    maxAgeMs: fc.constantFrom(1000, 60_000, 90_000),
    target,
  });
  const used = [
    fc.record({ kind: fc.constant('cpu' as const), target: percent }),
    fc.record({ kind: fc.constant('memory' as const), target: percent }),
  ];
  return references.length === 0 ? [...used, nats] : [...used, nats, http];
}
