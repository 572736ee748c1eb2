import type { ContainerCreateOptions, DeviceMapping, DeviceRequest, HealthConfig, HostConfig } from 'dockerode';
import type { HealthCheck, ResourceRequest } from '../../../common/model/miner.js';
import type { Assignment, Workload } from '../../../common/model/workload.js';
import { environmentOf } from '../instance-env.js';
import { runtimeError } from '../runtime-error.js';
import { mountsOf, secretMountsOf } from './container-mounts.js';
import { portsOf } from './container-ports.js';
import type { ContainerPorts } from './container-ports.js';
import { labelsOf } from './labels.js';

/** What of the host a container's options depend on. */
export interface SpecOptions {
  /** One of `containerNames`. */
  readonly name: string;
  readonly hostId: string;
  /** Host paths as asked for → as allowed and resolved. */
  readonly hostPaths: ReadonlyMap<string, string>;
  /** Devices as asked for → as allowed and resolved. */
  readonly devices?: ReadonlyMap<string, string>;
  /** Whether the engine can bound a container's writable layer. */
  readonly diskLimit: boolean;
  /** Folder of the host's secrets; undefined where the engine does not see it. */
  readonly secretsFolder?: string | undefined;
}

/** The engine's own least: https://docs.docker.com/engine/containers/resource_constraints/ */
const MIN_MEMORY_BYTES = 6 * 1024 * 1024;
/** The engine takes no less than a hundredth of a CPU, and 0 would lift the limit. */
const MIN_CPU_MILLIS = 10;
/** Applied where the miner asks for no process limit: far above a miner's need, far below what exhausts a host. */
const DEFAULT_PIDS = 4096;

/**
 * The engine's default set without MKNOD, NET_RAW, AUDIT_WRITE, SETFCAP and SETPCAP: what servers need to drop their
 * privileges, own files and listen below port 1024, and nothing that makes devices, raw packets or privileges.
 */
const CAPABILITIES = [
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

/** At most 30 MB of log a container. */
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } };

/**
 * Names of an instance's container, the first that is free counts. Agents know their containers by labels; names are for
 * people, so where another agent on the same engine has the short one, the long one says whose it is.
 */
export function containerNames(assignment: Assignment, hostId: string): readonly [string, string] {
  const short = `headframe-${assignment.workload.miner}-${String(assignment.serial)}`;
  return [short, `${short}-${hostId}`];
}

/**
 * The engine's create options for an assignment: hard limits, least privileges, bounded log, no restart by the engine.
 * @throws HeadframeError `resources_rejected`, `mount_not_allowed` or `engine_error` for what the engine would misread
 */
export function containerSpecOf(assignment: Assignment, options: SpecOptions): ContainerCreateOptions {
  const { workload } = assignment;
  const { container } = workload;
  const ports = portsOf(assignment);
  return {
    name: options.name,
    Image: container.image,
    Labels: labelsOf(assignment, options.hostId),
    Env: Object.entries(environmentOf(assignment, options.hostId)).map(([key, value]) => `${key}=${value}`),
    ...commandOf(workload),
    ...(container.user === '' ? {} : { User: container.user }),
    ...(container.workdir === '' ? {} : { WorkingDir: container.workdir }),
    ...(ports === undefined ? {} : { ExposedPorts: ports.exposed }),
    Healthcheck: healthcheckOf(workload.health),
    StopTimeout: Math.ceil(workload.stopGraceMs / 1000),
    HostConfig: hostConfigOf(assignment, options, ports?.bindings),
  };
}

function hostConfigOf(
  assignment: Assignment,
  options: SpecOptions,
  bindings: ContainerPorts['bindings'] | undefined,
): HostConfig {
  const { workload, gpuIds } = assignment;
  return {
    NetworkMode: workload.container.network,
    ...(bindings === undefined ? {} : { PortBindings: bindings }),
    ...limitsOf(workload.resources, options.diskLimit),
    Init: true,
    RestartPolicy: { Name: 'no' },
    // Said outright, so that no default of the engine's configuration can share more of the host.
    Privileged: false,
    PidMode: '',
    IpcMode: 'private',
    UTSMode: '',
    UsernsMode: '',
    ReadonlyRootfs: workload.container.readOnlyRootFilesystem ?? false,
    CapDrop: ['ALL'],
    CapAdd: [...CAPABILITIES, ...(workload.container.capabilities ?? [])],
    // No word of seccomp and AppArmor: the engine's own profiles apply.
    SecurityOpt: ['no-new-privileges'],
    Devices: devicesOf(workload, options.devices),
    LogConfig: LOG_CONFIG,
    Mounts: [...mountsOf(workload, options.hostPaths), ...secretMountsOf(assignment, options.secretsFolder)],
    ...(gpuIds.length === 0 ? {} : { DeviceRequests: [gpuRequest(gpuIds)] }),
  };
}

/** Like Kubernetes: `command` replaces the image's entrypoint, `args` its command. */
function commandOf({ container }: Workload): Pick<ContainerCreateOptions, 'Entrypoint' | 'Cmd'> {
  return {
    ...(container.command.length === 0 ? {} : { Entrypoint: [...container.command] }),
    ...(container.args.length === 0 ? {} : { Cmd: [...container.args] }),
  };
}

function limitsOf(resources: ResourceRequest, diskLimit: boolean): HostConfig {
  const { cpuMillis, memoryBytes, diskBytes, pids } = resources;
  if (memoryBytes < MIN_MEMORY_BYTES)
    throw runtimeError('resources_rejected', `${String(memoryBytes)} bytes of memory are less than 6 MiB`);
  // The engine takes a negative limit for none at all.
  if (pids < 0 || cpuMillis < 0 || diskBytes < 0)
    throw runtimeError('resources_rejected', 'a resource limit is negative');
  return {
    NanoCpus: Math.max(cpuMillis, MIN_CPU_MILLIS) * 1_000_000,
    Memory: memoryBytes,
    MemorySwap: memoryBytes, // memory and swap together: no swap on top
    PidsLimit: pids === 0 ? DEFAULT_PIDS : pids,
    ...(diskLimit && diskBytes > 0 ? { StorageOpt: { size: String(diskBytes) } } : {}),
  };
}

/** Readable and writable; not to be made anew, which would need no more than a number. */
function devicesOf({ container }: Workload, resolved: SpecOptions['devices']): DeviceMapping[] {
  return (container.devices ?? []).map((path) => {
    const PathOnHost = resolved?.get(path);
    if (PathOnHost === undefined)
      throw runtimeError('privilege_not_allowed', `the device ${path} is not allowed by this agent`);
    return { PathOnHost, PathInContainer: path, CgroupPermissions: 'rw' };
  });
}

function gpuRequest(gpuIds: readonly string[]): DeviceRequest {
  return { Driver: '', DeviceIDs: [...gpuIds], Capabilities: [['gpu']] };
}

/** The image's own check runs only where the miner asks for it: any other would cost an exec each time for nothing. */
function healthcheckOf(health: HealthCheck | undefined): HealthConfig {
  if (health?.probe.kind !== 'image') return { Test: ['NONE'] };
  return {
    Interval: nanoseconds(health.intervalMs),
    Timeout: nanoseconds(health.timeoutMs),
    StartPeriod: nanoseconds(health.startPeriodMs),
    Retries: health.retries,
  };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1_000_000);
}
