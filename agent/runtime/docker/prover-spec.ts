import { realpathSync } from 'node:fs';
import type { ContainerCreateOptions, DeviceRequest, HostConfig, MountSettings } from 'dockerode';
import { LABELS_TARGET } from '../prover.js';
import type { GpuProverRequest, NodeProverRequest, ProverLimits } from '../prover.js';
import type { EngineFacts } from './engine-facts.js';

/** An image with nothing in it, made on the host: what a prover needs is mounted. */
export const EMPTY_IMAGE = 'headframe/empty:1';
/** Whose prover a container is. */
export const PROVER_LABEL = 'headframe.prover';

/** Where a program of C finds its libraries on the systems that Node is built for. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'];
/** Nobody, who owns nothing on any system. */
const NOBODY = '65534:65534';

/** Of NVIDIA's GPUs, in the Container Device Interface. */
const CDI_KIND = 'nvidia.com/gpu';

/** What of this machine the options depend on. */
export interface ProverHost {
  readonly hostId: string;
  /** Path of the program Node. */
  readonly node: string;
  /** Whether a path is there. */
  readonly exists: (path: string) => boolean;
}

/**
 * The engine's create options for a prover: the limits of what is claimed, as hard as a miner's, or all limits and walls of a
 * lease (`leaseConfinement`); no network, no privileges, nothing to write to but its labels, and no trace once it has ended. Pure
 * but for links that are followed.
 */
export function proverSpecOf(
  request: NodeProverRequest,
  { hostId, node, exists }: ProverHost,
  confinement: HostConfig = limitsOf(request.limits),
): ContainerCreateOptions {
  const read = [node, ...LIBRARIES.filter(exists), ...request.release];
  return {
    ...partsOf(hostId),
    Image: EMPTY_IMAGE,
    Entrypoint: [node],
    Cmd: [...request.args, LABELS_TARGET],
    Env: [`UV_THREADPOOL_SIZE=${String(request.threads)}`],
    HostConfig: {
      ...wallsOf(confinement),
      Mounts: [...new Set(read)]
        .map((path) => bind(path, path, true))
        .concat(bind(request.labels, LABELS_TARGET, false)),
    },
  };
}

/**
 * The same for GPUs: what the image starts, with no path of this machine, the very GPUs that are asked for, and nothing that could
 * tell the program to take other devices for GPUs.
 */
export function gpuProverSpecOf(
  { image, gpuIds, limits }: GpuProverRequest,
  hostId: string,
  facts: Pick<EngineFacts, 'DiscoveredDevices'>,
): ContainerCreateOptions {
  return {
    ...partsOf(hostId),
    Image: image,
    Cmd: [],
    // Drivers keep what they have compiled in the home.
    Env: ['HOME=/tmp'],
    HostConfig: {
      ...wallsOf(limitsOf(limits)),
      ...(gpuIds.length === 0 ? {} : { DeviceRequests: [gpusOf(gpuIds, facts)] }),
    },
  };
}

/** By CDI where the engine says that it knows them all by it, else by NVIDIA's runtime hook. */
function gpusOf(
  gpuIds: readonly string[],
  { DiscoveredDevices }: Pick<EngineFacts, 'DiscoveredDevices'>,
): DeviceRequest {
  const known = new Set((DiscoveredDevices ?? []).map(({ ID }) => ID));
  const names = gpuIds.map((id) => `${CDI_KIND}=${id}`);
  if (names.every((name) => known.has(name))) return { Driver: 'cdi', DeviceIDs: names };
  return { Driver: '', DeviceIDs: [...gpuIds], Capabilities: [['gpu', 'compute', 'utility']] };
}

/** What all provers have. */
function partsOf(hostId: string): ContainerCreateOptions {
  return {
    Labels: { [PROVER_LABEL]: hostId },
    User: NOBODY,
    WorkingDir: '/',
    OpenStdin: true,
    // Who loses the connection to its agent has nothing more to do.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  };
}

function limitsOf(limits: ProverLimits): HostConfig {
  return {
    NanoCpus: limits.cpuMillis * 1_000_000,
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes, // memory and swap together: no swap on top
    PidsLimit: limits.pids,
    SecurityOpt: ['no-new-privileges'],
  };
}

/** Limits, and what a prover has of its own: less in everything than a lease has. */
function wallsOf(confinement: HostConfig): HostConfig {
  return {
    ...confinement,
    NetworkMode: 'none',
    AutoRemove: true,
    Init: true,
    RestartPolicy: { Name: 'no' },
    Privileged: false,
    PidMode: '',
    IpcMode: 'private',
    UTSMode: '',
    UsernsMode: '',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    CapAdd: [],
    // Binary frames are no log, and would be written to disk besides.
    LogConfig: { Type: 'none', Config: {} },
    Tmpfs: { '/tmp': 'rw,nosuid,nodev,size=16m,mode=1777' },
  };
}

/** The engine follows no links in what is to be mounted. */
function bind(source: string, target: string, readOnly: boolean): MountSettings {
  return { Type: 'bind', Source: realPathOf(source), Target: target, ReadOnly: readOnly };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The engine says of what is not there that it is not.
    return path;
  }
}
