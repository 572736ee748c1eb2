import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  AssignmentDeltaSchema,
  AssignmentRunSchema,
  AssignmentSnapshotSchema,
  StopRunSchema,
  WorkloadSchema,
} from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../../../common/model/error.js';
import type { Assignment } from '../../../../common/model/workload.js';
import {
  assignmentRunsToWire,
  deltaFromWire,
  snapshotFromWire,
  stopRunsToWire,
} from '../../../../common/wire/agent.js';
import { workloadFromWire, workloadToWire } from '../../../../common/wire/workload.js';
import { anyAssignments, anyWorkload } from '../../../support/arbitraries/assignment.js';

function reasonOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof HeadframeError) return error.reason;
    throw error;
  }
  return 'none';
}

const sampleOf = (count: number): Assignment[] => {
  const [workload] = fc.sample(anyWorkload, { numRuns: 1, seed: 1 });
  if (workload === undefined) throw new Error('no sample');
  const resources = { ...workload.resources, gpus: 1 };
  const plain = { ...workload, resources, container: { ...workload.container, ports: [] } };
  return Array.from({ length: count }, (_, index) => ({
    serial: 10 + index,
    workload: plain,
    hostPorts: [],
    gpuIds: [`gpu-${index}`],
    stop: undefined,
  }));
};

describe('a workload on the wire', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyWorkload, (workload) => {
        const bytes = toBinary(WorkloadSchema, workloadToWire(workload));
        expect(workloadFromWire(fromBinary(WorkloadSchema, bytes))).to.deep.equal(workload);
      }),
    );
  });

  it('is refused when this version does not know what it runs', () => {
    expect(reasonOf(() => workloadFromWire(create(WorkloadSchema, { kind: 'space' })))).to.equal('unknown_value');
  });
});

describe('assignments on the wire', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(anyAssignments, (runs) => {
        const workloads = [...new Set(runs.map(({ workload }) => workload))].map(workloadToWire);
        const message = create(AssignmentSnapshotSchema, {
          workloads,
          runs: assignmentRunsToWire(runs),
          retained: [7n],
        });
        const bytes = toBinary(AssignmentSnapshotSchema, message);
        const snapshot = snapshotFromWire(fromBinary(AssignmentSnapshotSchema, bytes));
        expect(snapshot.runs).to.deep.equal(runs);
        expect(snapshot.retained).to.deep.equal([7]);
      }),
    );
  });

  it('are one run when their serials and workload are', () => {
    const runs = assignmentRunsToWire(sampleOf(1000));
    expect(runs.map(({ count, gpuIds }) => [count, gpuIds.length])).to.deep.equal([[1000, 1000]]);
  });

  it('need not bring a workload along that is held already', () => {
    const [held, added] = sampleOf(2);
    if (held === undefined || added === undefined) throw new Error('no sample');
    const message = create(AssignmentDeltaSchema, { runs: assignmentRunsToWire([added]), forget: [10n] });
    expect(deltaFromWire(message, { assignments: [held] })).to.deep.include({ runs: [added], forget: [10] });
  });

  it('are refused when their workload is unknown', () => {
    const message = create(AssignmentDeltaSchema, { runs: assignmentRunsToWire(sampleOf(1)) });
    expect(reasonOf(() => deltaFromWire(message, { assignments: [] }))).to.equal('workload_unknown');
  });

  it('are refused when GPUs do not add up or there are too many', () => {
    const [one] = sampleOf(1);
    if (one === undefined) throw new Error('no sample');
    const workloadId = BigInt(one.workload.id);
    for (const count of [2, 0xff_ff_ff_ff]) {
      const run = create(AssignmentRunSchema, { workloadId, firstSerial: 1n, count, gpuIds: ['a'] });
      const message = create(AssignmentDeltaSchema, { runs: [run] });
      expect(reasonOf(() => deltaFromWire(message, { assignments: [one] }))).to.equal('malformed_run');
    }
    const message = create(AssignmentDeltaSchema, { stops: [create(StopRunSchema, { count: 0xff_ff_ff_ff })] });
    expect(reasonOf(() => deltaFromWire(message, { assignments: [] }))).to.equal('malformed_run');
  });

  it('keep stops of one reason together and come back as they were', () => {
    const stops = [1, 2, 3, 5].map((serial) => ({
      serial,
      reason: serial < 3 ? 'scaled_down' : 'host_drained',
      text: 't',
    }));
    const packed = stopRunsToWire(stops);
    expect(packed.map(({ count }) => count)).to.deep.equal([2, 1, 1]);
    expect(deltaFromWire(create(AssignmentDeltaSchema, { stops: packed }), { assignments: [] }).stops).to.deep.equal(
      stops,
    );
  });
});
