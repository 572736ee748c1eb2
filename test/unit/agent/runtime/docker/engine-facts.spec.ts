import { expect } from 'chai';
import { engineEndpointOf } from '../../../../../agent/runtime/docker/endpoint.js';
import { diskLimitSupport, firstUidOf, runtimeInfoOf } from '../../../../../agent/runtime/docker/engine-facts.js';
import type { EngineFacts } from '../../../../../agent/runtime/docker/engine-facts.js';

const FACTS: EngineFacts = { ServerVersion: '27.0.1', Driver: 'overlay2', DockerRootDir: '/var/lib/docker' };

describe('engine facts', () => {
  it('tell whether a disk limit is worth trying', () => {
    const over = (filesystem: string): EngineFacts => ({
      ...FACTS,
      DriverStatus: [['Backing Filesystem', filesystem]],
    });
    expect(diskLimitSupport(over('extfs'))).to.equal('no');
    expect(diskLimitSupport(over('xfs'))).to.equal('maybe');
    expect(diskLimitSupport({ ...FACTS, DriverStatus: null })).to.equal('no');
    expect(diskLimitSupport({ ...FACTS, Driver: 'btrfs' })).to.equal('maybe');
  });

  it('become capabilities only where they are sure', () => {
    const capable = { ...FACTS, MemoryLimit: true, SwapLimit: false, Runtimes: { runc: {}, nvidia: {} } };
    const { capabilities } = runtimeInfoOf(capable, 'maybe');
    expect(capabilities).to.include.members(['memory_limit', 'gpu']);
    expect(capabilities).to.not.include.members(['swap_limit']).and.not.include.members(['disk_limit']);
    expect(runtimeInfoOf(FACTS, 'yes').capabilities).to.include('disk_limit');
    expect(runtimeInfoOf(FACTS, 'no')).to.include({ cgroupVersion: '1', isolates: true, kind: 'docker' });
  });
});

describe('the first user of containers', () => {
  it('is the one of the host, unless the engine gives them others', () => {
    expect(firstUidOf(FACTS)).to.equal(0);
    const remapped = { ...FACTS, DockerRootDir: '/var/lib/docker/165536.165536', SecurityOptions: ['name=userns'] };
    expect(firstUidOf(remapped)).to.equal(165_536);
    expect(firstUidOf({ ...remapped, SecurityOptions: ['name=seccomp,profile=builtin'] })).to.equal(0);
  });
});

describe('an engine address', () => {
  it('is a socket path, a unix address or a host and port', () => {
    expect(engineEndpointOf('')).to.deep.equal({ kind: 'socket', path: '/var/run/docker.sock' });
    expect(engineEndpointOf('/x.sock')).to.deep.equal({ kind: 'socket', path: '/x.sock' });
    expect(engineEndpointOf('unix:///x.sock')).to.deep.equal({ kind: 'socket', path: '/x.sock' });
    expect(engineEndpointOf('tcp://10.0.0.1:99')).to.deep.equal({ kind: 'http', host: '10.0.0.1', port: 99 });
    expect(engineEndpointOf('tcp://box')).to.deep.equal({ kind: 'http', host: 'box', port: 2375 });
  });

  it('is refused in any other form', () => {
    for (const address of ['ssh://box', 'box:2375', 'tcp://', 'npipe://x'])
      expect(() => engineEndpointOf(address))
        .to.throw()
        .with.property('reason', 'engine_unavailable');
  });
});
