import fc from 'fast-check';
import type { Assignment, Workload } from '../../../common/model/workload.js';
import { anyMinerSpec } from './miner-spec.js';

/** Any workload. */
export const anyWorkload: fc.Arbitrary<Workload> = fc
  .tuple(anyMinerSpec, fc.nat(), fc.nat(), fc.nat(3))
  .map(([spec, id, specRevision, gpus]) => ({
    id,
    miner: spec.name,
    kind: spec.kind,
    specRevision,
    labels: spec.labels,
    priority: spec.priority,
    resources: { ...spec.resources, gpus },
    container: spec.container,
    health: spec.health,
    restart: spec.restart,
    onDisconnect: spec.onDisconnect,
    identity: spec.identity,
    stopGraceMs: spec.stopGraceMs,
    pullPolicy: spec.pullPolicy,
  }));

/** A few workloads and assignments of them, with gaps between the serials. */
export const anyAssignments: fc.Arbitrary<Assignment[]> = fc
  .record({
    workloads: fc.uniqueArray(anyWorkload, { selector: ({ id }) => id, minLength: 1, maxLength: 3 }),
    steps: fc.array(fc.tuple(fc.nat(9), fc.constantFrom(1, 1, 1, 2)), { maxLength: 30 }),
  })
  .map(({ workloads, steps }) => {
    let serial = 0;
    return steps.flatMap(([pick, step]) => {
      const workload = workloads[Math.floor(pick / 3) % workloads.length];
      serial += step;
      return workload === undefined ? [] : [assignmentOf(workload, serial)];
    });
  });

function assignmentOf(workload: Workload, serial: number): Assignment {
  return {
    serial,
    workload,
    hostPorts: workload.container.ports.map((_, index) => 20_000 + serial + index),
    gpuIds: Array.from({ length: workload.resources.gpus }, (_, index) => `gpu-${serial}-${index}`),
    stop: undefined,
  };
}
