import { expect } from 'chai';
import type { HostConfig } from 'dockerode';
import fc from 'fast-check';
import { leaseContainerSpec } from '../../../../../agent/runtime/docker/lease-spec.js';
import type { LeaseHostFacts } from '../../../../../agent/runtime/docker/lease-spec.js';
import type { LeaseSpec } from '../../../../../common/model/lease-spec.js';
import type { ContainerSpec, ResourceRequest } from '../../../../../common/model/miner.js';
import type { Assignment } from '../../../../../common/model/workload.js';
import { buildAssignment } from '../../../../support/build-assignment.js';
import { leaseHostFacts } from '../../../../support/lease-host-samples.js';
import { leaseSpec } from '../../../../support/lease-samples.js';
import { reasonOf as thrownReason } from '../../../../support/thrown-reason.js';

const MIB = 2 ** 20;
const HOST_KEY = { name: 'k', path: '/run/headframe/ssh/host_key', mode: 0o400, onRotate: 'none' } as const;

interface Parts {
  readonly lease?: Partial<LeaseSpec>;
  readonly facts?: Partial<LeaseHostFacts>;
  readonly container?: Partial<ContainerSpec>;
  readonly resources?: Partial<ResourceRequest>;
  readonly labels?: Record<string, string>;
  readonly gpuIds?: readonly string[];
}

function assignmentOf({ container, resources, labels = {}, gpuIds = [] }: Parts): Assignment {
  return buildAssignment({
    hostPorts: [20_022],
    gpuIds,
    workload: { kind: 'lease', labels, stopGraceMs: 1500 },
    container: {
      image: 'img@sha256:1',
      ports: [{ name: 'ssh', containerPort: 22, protocol: 'tcp', hostPort: 0 }],
      secrets: [HOST_KEY],
      ...container,
    },
    resources: { cpuMillis: 1500, memoryBytes: 256 * MIB, diskBytes: 5000 * MIB, pids: 0, ...resources },
  });
}

const specOf = (parts: Parts = {}) =>
  leaseContainerSpec(assignmentOf(parts), leaseSpec(parts.lease), leaseHostFacts(parts.facts));

/** The library's types lack some of what is set. */
const hostConfigOf = (parts: Parts = {}): HostConfig & Record<string, unknown> => ({ ...specOf(parts).HostConfig });

const securityOf = (parts: Parts = {}): string[] => (specOf(parts).HostConfig?.SecurityOpt ?? []) as string[];

const reasonOf = (parts: Parts): string | undefined => thrownReason(() => specOf(parts));

describe('the container of a lease', () => {
  it('has the walls of every lease, field by field', () => {
    const { SecurityOpt: _profiles, ...config } = hostConfigOf() as Record<string, unknown>;
    expect(config).to.deep.equal({
      Privileged: false,
      PublishAllPorts: false,
      AutoRemove: false,
      ReadonlyRootfs: false,
      Init: true,
      RestartPolicy: { Name: 'no' },
      CapDrop: ['ALL'],
      CapAdd: [
        ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL'],
        ...['NET_BIND_SERVICE', 'SETGID', 'SETUID', 'SYS_CHROOT'],
      ],
      UsernsMode: '',
      PidMode: '',
      UTSMode: '',
      IpcMode: 'private',
      CgroupnsMode: 'private',
      NetworkMode: 'headframe-lease-hl1',
      PortBindings: { '22/tcp': [{ HostPort: '20022' }] },
      Devices: [],
      DeviceRequests: [],
      DeviceCgroupRules: [],
      Binds: [],
      VolumesFrom: [],
      Links: [],
      ExtraHosts: [],
      GroupAdd: [],
      Sysctls: {},
      Dns: ['9.9.9.9'],
      Tmpfs: {},
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
      NanoCpus: 1_500_000_000,
      Memory: 256 * MIB,
      MemorySwap: 256 * MIB,
      MemoryReservation: 128 * MIB,
      OomKillDisable: false,
      OomScoreAdj: 500,
      PidsLimit: 1024,
      ShmSize: 64 * MIB,
      Ulimits: [
        { Name: 'nofile', Soft: 16_384, Hard: 16_384 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1000 }],
      BlkioDeviceWriteBps: [{ Path: '/dev/sda', Rate: 1000 }],
      Mounts: [
        { Type: 'bind', Source: '/data/leases/1/files', Target: '/run/headframe/lease', ReadOnly: true },
        { Type: 'bind', Source: '/opt/lease-ssh', Target: '/run/headframe/ssh-server', ReadOnly: true },
        { Type: 'bind', Source: '/run/headframe/secrets/host-1/1/0', Target: '/run/headframe/ssh', ReadOnly: true },
      ],
    });
    const [noNew, seccomp = '', ...others] = securityOf();
    expect(noNew).to.equal('no-new-privileges:true');
    expect(JSON.parse(seccomp.replace(/^seccomp=/, ''))).to.have.property('defaultAction', 'SCMP_ACT_ERRNO');
    expect(others).to.deep.equal([]);
  });

  it('starts the SSH server as root, whatever the image would run, under the name of the lease', () => {
    const { HostConfig: _walls, ...spec } = specOf();
    expect(spec).to.deep.equal({
      name: 'headframe-lease-1-1',
      Image: 'img@sha256:1',
      Hostname: 'lease-1',
      User: '0',
      WorkingDir: '/',
      Env: [],
      Entrypoint: ['/run/headframe/lease/entry'],
      Cmd: [],
      ExposedPorts: { '22/tcp': {} },
      Healthcheck: { Test: ['NONE'] },
      StopSignal: 'SIGTERM',
      StopTimeout: 2,
      Labels: {
        'headframe.host': 'host-1',
        'headframe.instance': 'test-miner-1',
        'headframe.serial': '1',
        'headframe.miner': 'test-miner',
        'headframe.workload': '11',
        'headframe.revision': '5',
        'headframe.lease': 'lease-1',
        'headframe.lease.owner': 'ada',
      },
    });
  });

  it('takes nothing else of what was asked for, whoever asked', () => {
    const path = fc.constantFrom('/', '/var/run/docker.sock', '/dev/kmsg', '/proc', '/sys', '/etc');
    const words = fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 });
    const mount = fc.oneof(
      fc.record({ kind: fc.constant('hostPath' as const), hostPath: path, target: path, readOnly: fc.boolean() }),
      fc.record({ kind: fc.constant('volume' as const), volume: fc.string(), target: path, readOnly: fc.boolean() }),
      fc.record({ kind: fc.constant('tmpfs' as const), target: path, readOnly: fc.boolean(), sizeBytes: fc.nat() }),
    );
    const asked = fc.record({
      command: words,
      args: words,
      env: fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })),
      mounts: fc.array(mount, { maxLength: 4 }),
      user: fc.string({ maxLength: 8 }),
      workdir: path,
      network: fc.constantFrom('host', 'bridge', 'none'),
      capabilities: fc.array(fc.constantFrom('SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'), { maxLength: 3 }),
      devices: fc.array(path, { maxLength: 2 }),
      readOnlyRootFilesystem: fc.boolean(),
    });
    const labels = fc.dictionary(fc.constantFrom('headframe.lease', 'headframe.host', 'x'), fc.string());
    const plain = specOf();
    fc.assert(
      fc.property(asked, labels, (container, own) => {
        // The types of what is drawn are those of what is asked for, but for literals.
        expect(specOf({ container: container as Partial<ContainerSpec>, labels: own })).to.deep.equal(plain);
      }),
    );
  });

  it('mounts nothing but its own folders, for reading, whatever the host is like', () => {
    const facts = fc.record({
      diskLimit: fc.boolean(),
      appArmor: fc.boolean(),
      disk: fc.constantFrom('', '/dev/vda'),
      sshServer: fc.constantFrom('', '/opt/lease-ssh'),
      imageVolumes: fc.array(fc.constantFrom('/data', '/var/lib/db'), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(facts, (host) => {
        const config = hostConfigOf({ facts: host });
        const mounts = config.Mounts ?? [];
        expect(mounts.every(({ ReadOnly, Type }) => ReadOnly === true && Type === 'bind')).to.equal(true);
        const allowed = /^(\/data\/leases\/1\/files|\/opt\/lease-ssh|\/run\/headframe\/secrets\/host-1\/1\/0)$/;
        for (const { Source } of mounts) expect(Source).to.match(allowed);
        expect(config.Privileged).to.equal(false);
        expect(JSON.stringify(config)).to.not.match(/docker\.sock|unconfined/);
      }),
    );
  });

  it('holds to what the lease and the host say of throughput, GPUs, names and processes', () => {
    expect(hostConfigOf({ lease: { ioBytes: 77 } })['BlkioDeviceReadBps']).to.deep.equal([
      { Path: '/dev/sda', Rate: 77 },
    ]);
    expect(hostConfigOf({ facts: { disk: '' } })).to.not.have.any.keys('BlkioDeviceReadBps', 'BlkioDeviceWriteBps');
    expect(hostConfigOf({ gpuIds: ['GPU-1'] })['DeviceRequests']).to.deep.equal([
      { Driver: '', DeviceIDs: ['GPU-1'], Capabilities: [['gpu']] },
    ]);
    expect(hostConfigOf({ lease: { egress: 'none' } })['Dns']).to.deep.equal(['192.0.2.53']);
    expect(hostConfigOf({ resources: { pids: 99 } })).to.include({ PidsLimit: 99 });
    expect(hostConfigOf({ resources: { pids: 9999 } })).to.include({ PidsLimit: 2048 });
  });

  it('has the disk bounded by the engine where it can, and confines by AppArmor where it is there', () => {
    expect(hostConfigOf({ facts: { diskLimit: true } })['StorageOpt']).to.deep.equal({ size: String(5000 * MIB) });
    expect(securityOf({ facts: { appArmor: true } })).to.include('apparmor=docker-default');
  });

  it('keeps what the image wants as volumes in bounded memory, for volumes lie beyond the bound of its disk', () => {
    const size = String(64 * MIB);
    expect(hostConfigOf({ facts: { imageVolumes: ['/db'] } })['Tmpfs']).to.deep.equal({
      '/db': `rw,nosuid,nodev,exec,size=${size}`,
    });
  });

  it('runs in the runtime that was asked for, or not at all', () => {
    expect(hostConfigOf()).to.not.have.property('Runtime');
    expect(hostConfigOf({ lease: { runtime: 'runsc' } })).to.include({ Runtime: 'runsc' });
    expect(reasonOf({ lease: { runtime: 'sysbox-runc' } })).to.equal('lease_runtime_missing');
  });

  it('refuses what would leave it without a limit, or without a key of its own', () => {
    expect(reasonOf({ resources: { memoryBytes: MIB } })).to.equal('resources_rejected');
    expect(reasonOf({ resources: { diskBytes: 0 } })).to.equal('resources_rejected');
    expect(reasonOf({ resources: { cpuMillis: 0 } })).to.equal('resources_rejected');
    expect(reasonOf({ container: { secrets: [] } })).to.equal('not_supported');
    const other = { ...HOST_KEY, path: '/etc/shadow' };
    expect(reasonOf({ container: { secrets: [other] } })).to.equal('not_supported');
    expect(reasonOf({ container: { secrets: [HOST_KEY, other] } })).to.equal('not_supported');
    expect(reasonOf({ facts: { secretsFolder: undefined } })).to.equal('not_supported');
  });
});
