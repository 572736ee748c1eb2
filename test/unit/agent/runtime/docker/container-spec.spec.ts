import { expect } from 'chai';
import type { HostConfig } from 'dockerode';
import { containerNames, containerSpecOf } from '../../../../../agent/runtime/docker/container-spec.js';
import type { SpecOptions } from '../../../../../agent/runtime/docker/container-spec.js';
import { volumeName } from '../../../../../agent/runtime/docker/container-mounts.js';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { MountSpec, PortSpec } from '../../../../../common/model/miner.js';
import { buildAssignment } from '../../../../support/build-assignment.js';
import type { AssignmentParts } from '../../../../support/build-assignment.js';

const OPTIONS: SpecOptions = {
  name: 'headframe-test-miner-1',
  hostId: 'host-1',
  hostPaths: new Map(),
  diskLimit: false,
};

const specOf = (parts: AssignmentParts, options: Partial<SpecOptions> = {}) =>
  containerSpecOf(buildAssignment(parts), { ...OPTIONS, ...options });

const hostConfigOf = (parts: AssignmentParts, options: Partial<SpecOptions> = {}) => specOf(parts, options).HostConfig;

function reasonOf(parts: AssignmentParts): string {
  try {
    specOf(parts);
    return 'none';
  } catch (error) {
    return error instanceof HeadframeError ? error.reason : String(error);
  }
}

const capabilitiesOf = (config: HostConfig | undefined): readonly unknown[] => {
  const found: unknown = config?.CapAdd; // untyped by the library
  return Array.isArray(found) ? found : [];
};

const web: PortSpec = { name: 'web-ui', containerPort: 80, protocol: 'tcp', hostPort: 0 };
const dns: PortSpec = { name: '', containerPort: 53, protocol: 'udp', hostPort: 5353 };

describe('a container spec', () => {
  it('names and labels the container so that it is known again', () => {
    const parts = { serial: 7, workload: { miner: 'rig', labels: { tier: 'a', 'headframe.host': 'forged' } } };
    const names = containerNames(buildAssignment(parts), 'host-1');
    expect(names).to.deep.equal(['headframe-rig-7', 'headframe-rig-7-host-1']);
    const spec = specOf(parts, { name: names[1] });
    expect(spec.name).to.equal('headframe-rig-7-host-1');
    expect(spec.Labels).to.deep.equal({
      'headframe.host': 'host-1',
      'headframe.instance': 'rig-7',
      'headframe.serial': '7',
      'headframe.miner': 'rig',
      'headframe.workload': '11',
      'headframe.revision': '5',
      'headframe.label.tier': 'a',
      'headframe.label.headframe.host': 'forged',
    });
  });

  it('mounts secrets by folder, for reading alone, and where the engine sees them alone', () => {
    const secrets = [{ name: 'key', path: '/run/secrets/key', mode: 0o400, onRotate: 'none' }] as const;
    const parts: AssignmentParts = { serial: 7, container: { secrets } };
    expect(hostConfigOf(parts, { secretsFolder: '/run/hf/host-1' })?.Mounts).to.deep.equal([
      { Type: 'bind', Source: '/run/hf/host-1/7/0', Target: '/run/secrets', ReadOnly: true },
    ]);
    expect(reasonOf(parts)).to.equal('not_supported');
  });

  it('sets every limit hard', () => {
    const resources = { cpuMillis: 1500, memoryBytes: 2 ** 29, pids: 99, diskBytes: 5e9 };
    expect(hostConfigOf({ resources })).to.include({
      NanoCpus: 1_500_000_000,
      Memory: 2 ** 29,
      MemorySwap: 2 ** 29,
      PidsLimit: 99,
    });
  });

  it('never reads a zero as no limit', () => {
    expect(hostConfigOf({ resources: { cpuMillis: 0, pids: 0 } })).to.include({
      NanoCpus: 10_000_000,
      PidsLimit: 4096,
    });
    expect(reasonOf({ resources: { memoryBytes: 0 } })).to.equal('resources_rejected');
    expect(reasonOf({ resources: { pids: -1 } })).to.equal('resources_rejected');
  });

  it('bounds the disk only where the engine can', () => {
    const parts = { resources: { diskBytes: 5e9 } };
    expect(hostConfigOf(parts)).not.to.have.property('StorageOpt');
    expect(hostConfigOf(parts, { diskLimit: true })?.StorageOpt).to.deep.equal({ size: '5000000000' });
    expect(hostConfigOf({ resources: { diskBytes: 0 } }, { diskLimit: true })).not.to.have.property('StorageOpt');
  });

  it('shares no namespace of the host and asks for nothing that lifts a profile', () => {
    expect(hostConfigOf({})).to.deep.include({
      Privileged: false,
      PidMode: '',
      IpcMode: 'private',
      UTSMode: '',
      UsernsMode: '',
      ReadonlyRootfs: false,
      SecurityOpt: ['no-new-privileges'],
      Devices: [],
    });
  });

  it('adds what was asked for to the default privileges, and nothing else', () => {
    const before = capabilitiesOf(hostConfigOf({}));
    const container = { capabilities: ['NET_RAW'], readOnlyRootFilesystem: true, devices: ['/dev/fuse'] } as const;
    const config = hostConfigOf({ container }, { devices: new Map([['/dev/fuse', '/dev/real-fuse']]) });
    expect(config).to.deep.include({
      CapDrop: ['ALL'],
      CapAdd: [...before, 'NET_RAW'],
      ReadonlyRootfs: true,
      Devices: [{ PathOnHost: '/dev/real-fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rw' }],
    });
    expect(reasonOf({ container })).to.equal('privilege_not_allowed');
  });

  it('takes privileges, restarts and endless logs away', () => {
    const config = hostConfigOf({});
    expect(config).to.deep.include({
      Init: true,
      RestartPolicy: { Name: 'no' },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(config?.CapAdd).to.not.include.members(['NET_RAW']).and.not.include.members(['MKNOD']);
    expect(config).not.to.have.any.keys('Binds');
  });

  it('publishes ports on the bridge alone', () => {
    const parts = (network: 'bridge' | 'host' | 'none'): AssignmentParts => ({
      container: { network, ports: [web, dns] },
      hostPorts: [30_001, 5353],
    });
    const bridge = specOf(parts('bridge'));
    expect(bridge.ExposedPorts).to.deep.equal({ '80/tcp': {}, '53/udp': {} });
    expect(bridge.HostConfig?.PortBindings).to.deep.equal({
      '80/tcp': [{ HostPort: '30001' }],
      '53/udp': [{ HostPort: '5353' }],
    });
    for (const network of ['host', 'none'] as const) {
      const spec = specOf(parts(network));
      expect(spec.HostConfig?.NetworkMode).to.equal(network);
      expect(spec).not.to.have.property('ExposedPorts');
      expect(spec.HostConfig).not.to.have.property('PortBindings');
    }
  });

  it('refuses a port without its host port, which the engine would pick unseen', () => {
    expect(reasonOf({ container: { network: 'bridge', ports: [web] }, hostPorts: [] })).to.equal('engine_error');
  });

  it("tells the instance who it is, over the miner's own word", () => {
    const spec = specOf({
      serial: 7,
      container: { env: { A: 'b=c', HEADFRAME_HOST: 'forged' }, ports: [web, dns] },
      hostPorts: [30_001, 5353],
    });
    expect(spec.Env).to.have.members([
      'A=b=c',
      'HEADFRAME_HOST=host-1',
      'HEADFRAME_INSTANCE=test-miner-7',
      'HEADFRAME_MINER=test-miner',
      'HEADFRAME_PORT_WEB_UI=30001',
      'HEADFRAME_PORT_1=5353',
    ]);
  });

  it("leaves the image's own where the miner says nothing", () => {
    const spec = specOf({ container: { command: [], args: [], user: '', workdir: '' } });
    expect(spec).not.to.have.any.keys('Entrypoint', 'Cmd', 'User', 'WorkingDir');
  });

  it('takes command for the entrypoint, args for its arguments, user and folder as given', () => {
    const spec = specOf({ container: { command: ['a'], args: ['b', 'c'], user: '1000:1000', workdir: '/w' } });
    expect(spec).to.deep.include({ Entrypoint: ['a'], Cmd: ['b', 'c'], User: '1000:1000', WorkingDir: '/w' });
  });

  it("runs the image's health check only where it is asked for, at the pace asked for", () => {
    const pace = { startPeriodMs: 1, intervalMs: 1000, timeoutMs: 2000, retries: 4 };
    expect(specOf({}).Healthcheck).to.deep.equal({ Test: ['NONE'] });
    const tcp = { ...pace, probe: { kind: 'tcp', port: 1 } } as const;
    expect(specOf({ workload: { health: tcp } }).Healthcheck).to.deep.equal({ Test: ['NONE'] });
    const image = { ...pace, probe: { kind: 'image' } } as const;
    expect(specOf({ workload: { health: image } }).Healthcheck).to.deep.equal({
      Interval: 1_000_000_000,
      Timeout: 2_000_000_000,
      StartPeriod: 1_000_000,
      Retries: 4,
    });
  });

  it('rounds the stop grace up to whole seconds', () => {
    expect(specOf({ workload: { stopGraceMs: 1500 } }).StopTimeout).to.equal(2);
  });

  it('asks for gpus by id', () => {
    expect(hostConfigOf({ gpuIds: ['GPU-a', 'GPU-b'] })?.DeviceRequests).to.deep.equal([
      { Driver: '', DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu']] },
    ]);
    expect(hostConfigOf({})).not.to.have.property('DeviceRequests');
  });

  it('mounts volumes by miner, memory with a size and host paths as resolved', () => {
    const mounts: MountSpec[] = [
      { kind: 'volume', volume: 'plots', target: '/plots', readOnly: false },
      { kind: 'tmpfs', sizeBytes: 1024, target: '/tmp', readOnly: false },
      { kind: 'hostPath', hostPath: '/data/../data/x', target: '/x', readOnly: true },
    ];
    const config = hostConfigOf({ container: { mounts } }, { hostPaths: new Map([['/data/../data/x', '/data/x']]) });
    expect(
      config?.Mounts?.map(({ Type, Source, Target, ReadOnly }) => ({ Type, Source, Target, ReadOnly })),
    ).to.deep.equal([
      { Type: 'volume', Source: 'headframe_test-miner_plots', Target: '/plots', ReadOnly: false },
      { Type: 'tmpfs', Source: '', Target: '/tmp', ReadOnly: false },
      { Type: 'bind', Source: '/data/x', Target: '/x', ReadOnly: true },
    ]);
    expect(config?.Mounts?.[1]?.TmpfsOptions).to.deep.equal({ SizeBytes: 1024, Mode: 0o1777 });
  });

  it('refuses a host path that was not resolved', () => {
    const mounts: MountSpec[] = [{ kind: 'hostPath', hostPath: '/etc', target: '/x', readOnly: true }];
    expect(reasonOf({ container: { mounts } })).to.equal('mount_not_allowed');
  });

  it('never gives two miners one volume by accident', () => {
    expect(volumeName('a', 'b-c')).not.to.equal(volumeName('a-b', 'c'));
  });
});
