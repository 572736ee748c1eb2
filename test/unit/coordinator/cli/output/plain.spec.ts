import { create, equals, fromJson } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { ListMinersResponseSchema } from '../../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostSchema } from '../../../../../common/gen/headframe/v1/host_pb.js';
import { InstanceSchema, InstanceState } from '../../../../../common/gen/headframe/v1/instance_pb.js';
import { toPlain } from '../../../../../coordinator/cli/output/plain.js';

describe('A message as plain data', () => {
  it('has 64-bit integers as numbers while they are exact, and as text beyond', () => {
    const host = create(HostSchema, { revision: 42n, joinedAtMs: -1n, claimed: { memoryBytes: 2n ** 60n } });
    expect(toPlain(HostSchema, host)).to.deep.include({ revision: 42, joinedAtMs: -1 });
    expect(toPlain(HostSchema, host)).to.have.nested.property('claimed.memoryBytes', '1152921504606846976');
  });

  it('leaves texts of digits what they are', () => {
    const host = create(HostSchema, { id: '7', labels: { slots: '12' } });
    expect(toPlain(HostSchema, host)).to.deep.include({ id: '7', labels: { slots: '12' } });
  });

  it('tells every plain field, empty or not, and enums by name', () => {
    const plain = toPlain(InstanceSchema, create(InstanceSchema, { state: InstanceState.LOST }));
    expect(plain).to.deep.include({ id: '', restarts: 0, ports: [], state: 'INSTANCE_STATE_LOST', serial: 0 });
    expect(plain).to.not.have.property('exitCode');
  });

  it('is read back as the same message by protobuf', () => {
    const message = create(ListMinersResponseSchema, {
      revision: 2n ** 60n,
      miners: [
        {
          revision: 5n,
          spec: {
            name: 'alpha',
            priority: 0,
            section: {
              case: 'container',
              value: { env: { A: '1' }, mounts: [{ source: { case: 'tmpfsBytes', value: 7n } }] },
            },
          },
        },
      ],
    });
    const back = fromJson(ListMinersResponseSchema, toPlain(ListMinersResponseSchema, message));
    expect(equals(ListMinersResponseSchema, back, message)).to.equal(true);
  });
});
