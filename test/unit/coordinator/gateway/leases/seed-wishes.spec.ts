import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { LeaseSchema, LeaseState } from '../../../../../common/gen/headframe/v1/lease_pb.js';
import { LeaseEgress } from '../../../../../common/gen/headframe/v1/miner_pb.js';
import { containerOf } from '../../../../../coordinator/gateway/leases/container-view.js';
import { allocateSchema, leaseRequest } from '../../../../../coordinator/gateway/leases/seed-wishes.js';
import { reasonOf } from '../../../../support/thrown-reason.js';

const GIB = 2n ** 30n;

describe('allocations of the seed', () => {
  it('take its body as it is, and its defaults', () => {
    const asked = allocateSchema.parse({ memory: '2g', cpu_count: 2, devices: [] });
    expect(leaseRequest(asked, 'base:1')).to.deep.include({
      image: 'base:1',
      resources: { cpuMillis: 2_000, memoryBytes: 2n * GIB, gpus: 0 },
      termMs: 3_600_000n,
      waitLimitMs: 0n,
      egress: LeaseEgress.INTERNET,
      password: false,
    });
    expect(leaseRequest(allocateSchema.parse({ wait_limit_seconds: 90 }), 'base:1').waitLimitMs).to.equal(90_000n);
    expect(leaseRequest(allocateSchema.parse({}), 'base:1').resources).to.deep.include({
      cpuMillis: 1_000,
      memoryBytes: GIB,
    });
  });

  it('read sizes as Docker does', () => {
    const bytes = (memory: string): number => allocateSchema.parse({ memory }).memory;
    expect(['512m', '2G', '1048576', '64k', '7b'].map(bytes)).to.deep.equal([
      ...[2 ** 29, 2 ** 31, 1_048_576, 65_536, 7],
    ]);
    for (const memory of ['', '2 g', '-1g', '1.5g', '2gb', '9999999999999t'])
      expect(allocateSchema.safeParse({ memory }).success, memory).to.equal(false);
  });

  it('refuse devices by name, unknown fields, and what has no image anywhere', () => {
    expect(allocateSchema.safeParse({ devices: ['/dev/sda'] }).success).to.equal(false);
    expect(allocateSchema.safeParse({ command: 'sh' }).success).to.equal(false);
    expect(reasonOf(() => leaseRequest(allocateSchema.parse({}), undefined))).to.equal('request_invalid');
  });
});

describe('a lease as a container of the seed', () => {
  it('has its fields, and a password only where one was made', () => {
    const lease = create(LeaseSchema, {
      ...{ id: 'lease-1', state: LeaseState.READY, hostAddresses: ['127.0.0.1', '203.0.113.7'], endsAtMs: 1_000n },
      ports: [
        { name: 'ssh', containerPort: 22, hostPort: 30_001 },
        { name: 'port-80', containerPort: 80, hostPort: 30_002 },
      ],
    });
    expect(containerOf(lease)).to.deep.include({
      ...{ status: 'success', container_id: 'lease-1', container_name: 'lease-1', password: null },
      ...{ ssh_port: '30001', username: 'root', state: 'ready', starts_at: null },
      ...{ ports: { 80: 30_002 }, ends_at: '1970-01-01T00:00:01.000Z' },
    });
    expect(containerOf(lease).host).not.to.equal('127.0.0.1');
    expect(containerOf(lease, 'once').password).to.equal('once');
    const waiting = containerOf(create(LeaseSchema, { id: 'lease-2', state: LeaseState.REQUESTED }));
    expect(waiting).to.include({ status: 'pending', ssh_port: null, host: null });
  });
});
