import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  AssignmentDeltaSchema,
  AssignmentSnapshotSchema,
  SessionResponseSchema,
} from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import {
  assignmentRunsToWire,
  encodeDelta,
  encodeSnapshot,
  stopRunsToWire,
  workloadToWire,
} from '../../../../common/wire/agent.js';
import { anyAssignments } from '../../../support/arbitraries/assignment.js';

const anyNumber = fc.oneof(fc.nat(300), fc.maxSafeNat());
const anyStops = fc.array(
  fc.record({ serial: fc.nat(20), reason: fc.constantFrom('drain', 'scaled'), text: fc.constantFrom('', 'ünterwegs') }),
);
const anyTold = fc.record({
  epoch: anyNumber,
  appliesTo: anyNumber,
  resultsIn: anyNumber,
  runs: anyAssignments,
  stops: anyStops,
  listed: fc.array(anyNumber),
});

describe('an encoded response of assignments', () => {
  it('says of a delta what the message says, byte for byte', () => {
    fc.assert(
      fc.property(anyTold, ({ epoch, appliesTo, resultsIn, runs, stops, listed }) => {
        const workloads = [...new Set(runs.map(({ workload }) => workload))];
        const value = create(AssignmentDeltaSchema, {
          ...{ epoch: BigInt(epoch), appliesTo: BigInt(appliesTo), resultsIn: BigInt(resultsIn) },
          workloads: workloads.map(workloadToWire),
          runs: assignmentRunsToWire(runs),
          stops: stopRunsToWire(stops),
          forget: listed.map(BigInt),
        });
        const message = create(SessionResponseSchema, { message: { case: 'delta', value } });
        const encoded = encodeDelta({ epoch, appliesTo, resultsIn, workloads, runs, stops, forget: listed });
        expect(Buffer.from(encoded).equals(toBinary(SessionResponseSchema, message))).to.equal(true);
      }),
    );
  });

  it('says of a snapshot what the message says', () => {
    fc.assert(
      fc.property(anyTold, ({ epoch, resultsIn, runs, stops, listed }) => {
        const workloads = [...new Set(runs.map(({ workload }) => workload))];
        const value = create(AssignmentSnapshotSchema, {
          ...{ epoch: BigInt(epoch), resultsIn: BigInt(resultsIn) },
          workloads: workloads.map(workloadToWire),
          runs: assignmentRunsToWire(runs),
          stops: stopRunsToWire(stops),
          retained: listed.map(BigInt),
        });
        const encoded = encodeSnapshot({ epoch, resultsIn, workloads, runs, stops, retained: listed });
        expect(fromBinary(SessionResponseSchema, encoded).message).to.deep.equal({ case: 'snapshot', value });
      }),
    );
  });
});
