import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import type { LeaseSpec } from '../../../common/model/lease-spec.js';
import type { ResourceRequest } from '../../../common/model/miner.js';
import type { Assignment } from '../../../common/model/workload.js';
import { LEASE_ENTRY, LEASE_PATHS, leaseSeccompProfile } from '../../kinds/lease/index.js';
import { runtimeError } from '../runtime-error.js';
import { secretMountsOf } from './container-mounts.js';
import { publishedPortsOf } from './container-ports.js';
import { LEASE_LABELS, labelsOf } from './labels.js';

/** What of the host a lease's container depends on; nothing of it comes from a request. */
export interface LeaseHostFacts {
  readonly name: string;
  readonly hostId: string;
  /** Name of the lease's own network. */
  readonly network: string;
  /** Folder of the lease's files. */
  readonly files: string;
  /** Folder of the SSH server that is lent; '' for none. */
  readonly sshServer: string;
  /** Folder of the host's secrets; undefined where the engine does not see it. */
  readonly secretsFolder: string | undefined;
  /** Names of the engine's runtimes. */
  readonly runtimes: readonly string[];
  /** Whether the engine confines containers by AppArmor. */
  readonly appArmor: boolean;
  /** Whether the engine itself bounds a container's writable layer. */
  readonly diskLimit: boolean;
  /** Disk whose throughput is limited, such as `/dev/sda`; '' where it was not found. */
  readonly disk: string;
  /** Bytes per second of a lease that asks for no rate. */
  readonly ioBytes: number;
  /** Resolvers; none leaves the engine's own. */
  readonly dns: readonly string[];
  /** Folders that the image wants to be volumes. */
  readonly imageVolumes: readonly string[];
}

/** The library's types lack what the engine takes since API 1.41. */
type LeaseHostConfig = HostConfig & { readonly CgroupnsMode: 'private' };

/** What a lease's root may do inside: own files, change users, listen below port 1024, end processes. Enough for sshd and apt. */
const CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
];

const MIB = 2 ** 20;
const LEAST_MEMORY_BYTES = 64 * MIB;
const DEFAULT_PIDS = 1024;
const MOST_PIDS = 2048;
/** Open files of one process; engines are often started with 20,000 or so themselves, and can give no more. */
const OPEN_FILES = 16_384;
/** A lease's processes go before the host's own when memory runs out. */
const OOM_SCORE_ADJUSTMENT = 500;
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } };
/** Of the documentation's range, which no route leads to: names are not resolved where nothing is to be reached. */
const NO_RESOLVER = '192.0.2.53';

/**
 * The engine's create options of a lease. Of the assignment only the image, ports, resources, GPUs, the host key and the
 * lease's own section count; command, environment, user, mounts, devices, capabilities, network and labels of its container do
 * not, whoever wrote them. Pure.
 * @throws HeadframeError `lease_runtime_missing`, `resources_rejected`, `not_supported`, or `engine_error` for ports without a number
 */
export function leaseContainerSpec(
  assignment: Assignment,
  lease: LeaseSpec,
  facts: LeaseHostFacts,
): ContainerCreateOptions {
  const ports = publishedPortsOf(assignment);
  return {
    name: facts.name,
    Image: assignment.workload.container.image,
    Hostname: lease.lease,
    User: '0',
    WorkingDir: '/',
    Env: [],
    Entrypoint: [LEASE_ENTRY],
    Cmd: [],
    ExposedPorts: ports.exposed,
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    StopTimeout: Math.ceil(assignment.workload.stopGraceMs / 1000),
    Labels: leaseLabels(assignment, lease, facts.hostId),
    HostConfig: hostConfigOf(assignment, lease, facts, ports.bindings),
  };
}

/** Labels of a lease's container, without those that its miner gave. */
function leaseLabels(assignment: Assignment, lease: LeaseSpec, hostId: string): Record<string, string> {
  const own = labelsOf({ ...assignment, workload: { ...assignment.workload, labels: {} } }, hostId);
  return { ...own, [LEASE_LABELS.lease]: lease.lease, [LEASE_LABELS.owner]: lease.owner };
}

/** What of the host a lease's limits and walls depend on. */
export type ConfinementFacts = Pick<LeaseHostFacts, 'runtimes' | 'appArmor' | 'diskLimit' | 'disk' | 'ioBytes'>;

/**
 * The limits and walls of a lease: of its own container, and of whatever else works in its name. Pure.
 * @throws HeadframeError `lease_runtime_missing`, `resources_rejected`
 */
export function leaseConfinement(
  resources: ResourceRequest,
  lease: LeaseSpec,
  facts: ConfinementFacts,
): LeaseHostConfig {
  return {
    ...wallsOf(facts),
    ...limitsOf(resources, facts),
    ...throughputOf(lease, facts),
    ...(lease.runtime === '' ? {} : { Runtime: runtimeOf(lease.runtime, facts.runtimes) }),
  };
}

function hostConfigOf(
  assignment: Assignment,
  lease: LeaseSpec,
  facts: LeaseHostFacts,
  bindings: HostConfig['PortBindings'],
): LeaseHostConfig {
  const { resources } = assignment.workload;
  return {
    ...leaseConfinement(resources, lease, facts),
    NetworkMode: facts.network,
    PortBindings: bindings,
    Dns: lease.egress === 'none' ? [NO_RESOLVER] : [...facts.dns],
    Mounts: mountsOf(assignment, facts),
    Tmpfs: Object.fromEntries(facts.imageVolumes.map((path) => [path, volumeOptions(resources)])),
    // GPUs by their ids, never by a number of whichever.
    DeviceRequests:
      assignment.gpuIds.length === 0
        ? []
        : [{ Driver: '', DeviceIDs: [...assignment.gpuIds], Capabilities: [['gpu']] }],
  };
}

/** What is the same for every lease; said outright, so that no default of the engine's configuration shares more of the host. */
function wallsOf({ appArmor }: ConfinementFacts): LeaseHostConfig {
  return {
    Privileged: false,
    PublishAllPorts: false,
    AutoRemove: false,
    ReadonlyRootfs: false,
    Init: true,
    // The agent starts it again, so that a lease that has ended does not come back with the machine.
    RestartPolicy: { Name: 'no' },
    CapDrop: ['ALL'],
    CapAdd: CAPABILITIES,
    SecurityOpt: [
      'no-new-privileges:true',
      `seccomp=${JSON.stringify(leaseSeccompProfile())}`,
      ...(appArmor ? ['apparmor=docker-default'] : []),
    ],
    UsernsMode: '',
    PidMode: '',
    UTSMode: '',
    IpcMode: 'private',
    CgroupnsMode: 'private',
    Devices: [],
    DeviceCgroupRules: [],
    Binds: [],
    VolumesFrom: [],
    Links: [],
    ExtraHosts: [],
    GroupAdd: [],
    Sysctls: {},
    LogConfig: LOG_CONFIG,
  };
}

function limitsOf({ cpuMillis, memoryBytes, diskBytes, pids }: ResourceRequest, facts: ConfinementFacts): HostConfig {
  if (memoryBytes < LEAST_MEMORY_BYTES)
    throw runtimeError('resources_rejected', `${String(memoryBytes)} bytes of memory are less than 64 MiB`);
  if (cpuMillis < 10 || diskBytes <= 0 || pids < 0)
    throw runtimeError('resources_rejected', 'a lease needs at least 10 millicores and a bound on its disk');
  return {
    NanoCpus: cpuMillis * 1_000_000,
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    MemoryReservation: Math.floor(memoryBytes / 2),
    OomKillDisable: false,
    OomScoreAdj: OOM_SCORE_ADJUSTMENT,
    PidsLimit: pids === 0 ? DEFAULT_PIDS : Math.min(pids, MOST_PIDS),
    // Counts as memory, too.
    ShmSize: Math.max(64 * MIB, Math.floor(memoryBytes / 4)),
    Ulimits: [
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    ...(facts.diskLimit ? { StorageOpt: { size: String(diskBytes) } } : {}),
  };
}

function throughputOf(lease: LeaseSpec, { disk, ioBytes }: ConfinementFacts): HostConfig {
  if (disk === '') return {};
  const Rate = lease.ioBytes === 0 ? ioBytes : lease.ioBytes;
  return { BlkioDeviceReadBps: [{ Path: disk, Rate }], BlkioDeviceWriteBps: [{ Path: disk, Rate }] };
}

function runtimeOf(asked: string, present: readonly string[]): string {
  if (present.includes(asked)) return asked;
  throw runtimeError(
    'lease_runtime_missing',
    `the lease asks for the runtime ${asked}; this host has ${present.join(', ')}`,
  );
}

/** A volume would lie on the host's disk beyond the lease's bound: what the image wants kept there lies in its memory. */
function volumeOptions({ memoryBytes }: ResourceRequest): string {
  return `rw,nosuid,nodev,exec,size=${String(Math.floor(memoryBytes / 4))}`;
}

function mountsOf({ serial, workload }: Assignment, facts: LeaseHostFacts): MountSettings[] {
  const [hostKey, ...others] = workload.container.secrets ?? [];
  if (hostKey?.path !== LEASE_PATHS.hostKey || others.length > 0)
    throw runtimeError('not_supported', `a lease needs its host key as its only secret, at ${LEASE_PATHS.hostKey}`, {
      code: 'invalid_argument',
      remedy: 'Make leases with headframe lease create, on a coordinator with mutual TLS.',
    });
  return [
    readOnly(facts.files, LEASE_PATHS.files),
    ...(facts.sshServer === '' ? [] : [readOnly(facts.sshServer, LEASE_PATHS.server)]),
    ...secretMountsOf({ serial, workload }, facts.secretsFolder),
  ];
}

function readOnly(source: string, target: string): MountSettings {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: true };
}
