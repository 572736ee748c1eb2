import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { leaseConfinement, leaseContainerSpec } from '../../../../../agent/runtime/docker/lease-spec.js';
import { gpuProverSpecOf, proverSpecOf } from '../../../../../agent/runtime/docker/prover-spec.js';
import { leaseHostFacts } from '../../../../support/lease-host-samples.js';
import { leaseAssignment } from '../../../../support/lease-samples.js';

const GIB = 2 ** 30;
const request = {
  kind: 'node' as const,
  args: ['/release/prover-process.js'],
  release: ['/release'],
  labels: '/var/lib/headframe/agent/labels',
  limits: { cpuMillis: 1500, memoryBytes: GIB, pids: 64 },
  threads: 3,
};
const host = { hostId: 'host-1', node: '/usr/bin/node', exists: (path: string) => path !== '/usr/lib64' };

describe('the container of a prover', () => {
  const spec = proverSpecOf(request, host);
  const own = spec.HostConfig ?? {};

  it('has exactly the limits that are claimed, and no swap', () => {
    expect(own).to.include({ NanoCpus: 1_500_000_000, Memory: GIB, MemorySwap: GIB, PidsLimit: 64 });
  });

  it('reaches no network, holds no privilege, and leaves nothing', () => {
    expect(own).to.include({ NetworkMode: 'none', Privileged: false, ReadonlyRootfs: true, AutoRemove: true });
    expect(own.CapDrop).to.deep.equal(['ALL']);
    expect(own.CapAdd).to.deep.equal([]);
    expect(own.SecurityOpt).to.deep.equal(['no-new-privileges']);
    expect(spec.User).to.equal('65534:65534');
    expect(spec).to.include({ OpenStdin: true, StdinOnce: true });
  });

  it('writes to its labels alone; all else is mounted for reading, once', () => {
    const mounts = (own.Mounts ?? []).map(({ Target, ReadOnly }) => `${Target} ${String(ReadOnly)}`);
    expect(mounts).to.deep.equal([
      '/usr/bin/node true',
      '/lib true',
      '/lib64 true',
      '/usr/lib true',
      '/release true',
      '/labels false',
    ]);
  });

  it('has all limits and walls of the lease that it works for, and is held to less where it needs less', () => {
    const assignment = leaseAssignment();
    const facts = leaseHostFacts({ appArmor: true });
    const { lease, resources } = assignment.workload;
    if (lease === undefined) throw new Error('a lease has its section');
    const leased = leaseContainerSpec(assignment, lease, facts).HostConfig ?? {};
    const mine = proverSpecOf(request, host, leaseConfinement(resources, lease, facts)).HostConfig ?? {};
    const differing = Object.entries(leased).filter(
      ([name, value]) => !isDeepStrictEqual(value, Reflect.get(mine, name)),
    );
    expect(differing.map(([name]) => name).sort()).to.deep.equal([
      ...['AutoRemove', 'CapAdd', 'DeviceRequests', 'Dns', 'LogConfig', 'Mounts', 'NetworkMode', 'PortBindings'],
      ...['ReadonlyRootfs', 'Tmpfs'],
    ]);
    expect(mine).to.include({ NetworkMode: 'none', ReadonlyRootfs: true, AutoRemove: true });
    expect([mine.CapAdd, mine.Dns, mine.PortBindings, mine.DeviceRequests]).to.deep.equal([
      ...[[], undefined, undefined, undefined],
    ]);
    expect(mine).to.include({ NanoCpus: resources.cpuMillis * 1e6, Memory: resources.memoryBytes });
  });

  it('runs Node itself on the program, with the labels where it finds them', () => {
    expect(spec.Entrypoint).to.deep.equal(['/usr/bin/node']);
    expect(spec.Cmd).to.deep.equal(['/release/prover-process.js', '/labels']);
    expect(spec.Env).to.deep.equal(['UV_THREADPOOL_SIZE=3']);
  });
});

describe('the container of a prover of GPUs', () => {
  const asked = { kind: 'gpu' as const, image: 'gpu-prover:1', gpuIds: ['GPU-a', 'GPU-b'], limits: request.limits };
  const spec = gpuProverSpecOf(asked, 'host-1', {});

  it('has the walls of every other, and nothing of this machine but the very GPUs', () => {
    const { Mounts: _mounts, ...walls } = proverSpecOf(request, host).HostConfig ?? {};
    const { DeviceRequests, ...own } = spec.HostConfig ?? {};
    expect(own).to.deep.equal(walls);
    expect(DeviceRequests).to.deep.equal([
      { Driver: '', DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu', 'compute', 'utility']] },
    ]);
    expect([spec.Labels, spec.User]).to.deep.equal([{ 'headframe.prover': 'host-1' }, '65534:65534']);
  });

  it('starts what its image starts, and is told nothing that would have it take a CPU for a GPU', () => {
    expect([spec.Image, spec.Entrypoint, spec.Cmd, spec.Env]).to.deep.equal([
      'gpu-prover:1',
      undefined,
      [],
      ['HOME=/tmp'],
    ]);
  });

  it('has them by CDI where the engine knows each of them by it', () => {
    const known = (...ids: string[]) => ({ DiscoveredDevices: ids.map((ID) => ({ ID })) });
    const driverWith = (facts: Parameters<typeof gpuProverSpecOf>[2]) =>
      gpuProverSpecOf(asked, 'host-1', facts).HostConfig?.DeviceRequests?.[0];
    expect(driverWith(known('nvidia.com/gpu=GPU-b', 'nvidia.com/gpu=GPU-a'))).to.deep.equal({
      Driver: 'cdi',
      DeviceIDs: ['nvidia.com/gpu=GPU-a', 'nvidia.com/gpu=GPU-b'],
    });
    expect(driverWith(known('nvidia.com/gpu=GPU-a'))?.Driver).to.equal('');
  });
});
