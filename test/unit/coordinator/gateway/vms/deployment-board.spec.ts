import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { FleetChangeSchema } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { Health, InstanceSchema, InstanceState } from '../../../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSchema } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import { DeploymentBoard, awaitedAfter } from '../../../../../coordinator/gateway/vms/deployment-board.js';

const FRESH = { id: 'vm-a-9', serial: 9n, specRevision: 20n };

/** A board that waits for instances beyond the fifth, of revision 20 at least. */
function boardOf(...instances: MessageInitShape<typeof InstanceSchema>[]): DeploymentBoard {
  const board = new DeploymentBoard({ afterSerial: 5n, fromRevision: 20n });
  for (const instance of instances)
    board.take(create(FleetChangeSchema, { change: { case: 'instance', value: create(InstanceSchema, instance) } }));
  return board;
}

describe('the end of a deployment', () => {
  it('is that what was deployed runs and is healthy, and not what ran before', () => {
    const before = { id: 'vm-a-5', serial: 5n, specRevision: 3n, state: InstanceState.RUNNING, health: Health.HEALTHY };
    expect(boardOf(before).end()).to.equal(undefined);
    expect(boardOf({ ...FRESH, state: InstanceState.RUNNING, health: Health.CHECKING }).end()).to.equal(undefined);
    const end = boardOf(before, { ...FRESH, state: InstanceState.RUNNING, health: Health.HEALTHY }).end();
    expect(end).to.have.nested.property('instance.id', 'vm-a-9');
    expect(end?.kind).to.equal('running');
  });

  it('is a failure with the exit code of the step that failed, also when its record has gone', () => {
    const text = "the weights are gone\nThe command '/bin/sh -c x' returned a non-zero code: 3";
    const board = boardOf({ ...FRESH, state: InstanceState.FAILED, reason: 'image_build_failed', text });
    board.take(create(FleetChangeSchema, { change: { case: 'instanceRemoved', value: 'vm-a-9' } }));
    expect(board.end()).to.deep.equal({
      kind: 'failed',
      failure: { reason: 'image_build_failed', text, instance: 'vm-a-9', exitCode: 3 },
    });
  });

  it('is no failure of before, and one of a container that ends again and again', () => {
    const old = { id: 'vm-a-4', serial: 4n, specRevision: 20n, state: InstanceState.FAILED };
    expect(boardOf(old).end()).to.equal(undefined);
    const starting = { ...FRESH, state: InstanceState.STARTING, reason: 'exited', text: 'it ended', exitCode: 7 };
    expect(boardOf({ ...starting, restarts: 2 }).end()).to.equal(undefined);
    expect(boardOf({ ...starting, restarts: 3 }).end()).to.have.nested.property('failure.exitCode', 7);
  });

  it('is a failure of a miner that is given up, and until then there is a why', () => {
    const board = boardOf({ ...FRESH, state: InstanceState.PREPARING, reason: 'building', text: 'step 3' });
    expect(board.end()).to.equal(undefined);
    expect(board.why()).to.deep.equal({ reason: 'building', text: 'step 3' });
    const quarantine = { reason: 'image_build_failed', text: 'ten times', instance: 'vm-a-9' };
    board.take(create(FleetChangeSchema, { change: { case: 'miner', value: create(MinerSchema, { quarantine }) } }));
    expect(board.end()).to.have.nested.property('failure.text', 'ten times');
  });

  it('is waited for where it is asked for again: what is under way counts, and what had ended does not', () => {
    const before = [
      { serial: 3n, state: InstanceState.FAILED },
      { serial: 4n, state: InstanceState.STOPPED },
      { serial: 9n, state: InstanceState.PREPARING },
    ];
    const awaited = awaitedAfter(before, 20n);
    expect(awaited).to.deep.equal({ afterSerial: 4n, fromRevision: 20n });
    const board = new DeploymentBoard(awaited);
    const failed = create(InstanceSchema, { ...FRESH, state: InstanceState.FAILED });
    board.take(create(FleetChangeSchema, { change: { case: 'instance', value: failed } }));
    expect(board.end()?.kind).to.equal('failed');
  });
});
