import { createHash } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, hostname, networkInterfaces, release, totalmem, type as osType } from 'node:os';
import type { FingerprintPart } from '../../common/model/fingerprint.js';
import type { Gpu } from '../../common/model/host.js';
import { readOwnConfinement } from './cgroup/index.js';
import type { Limit } from './cgroup/index.js';
import { readCgroupLayout, readOptional } from './cgroup/process-cgroup.js';
import type { CgroupLayout } from './cgroup/location.js';
import { runCommand } from './command.js';
import type { RunCommand } from './command.js';
import { readFingerprint } from './fingerprint.js';
import { surveyGpus } from './gpus.js';
import { reachableAddresses } from './interfaces.js';
import type { HostAddress, InterfaceTable } from './interfaces.js';
import { readMachineNames } from './machine.js';

/** What a host is; read when the agent starts. */
export interface HostFacts {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  /** As container images name it: `amd64`, `arm64`, … */
  readonly arch: string;
  readonly cpuModel: string;
  readonly onlineCpus: number;
  /** What may be given to miners: the online CPUs, or less where this process is confined to less. */
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
  /** Size of the file system that holds the data folder. */
  readonly diskBytes: number;
  /** What an unprivileged user may still write there. */
  readonly diskFreeBytes: number;
  readonly addresses: readonly HostAddress[];
  /** Changes with every boot; empty where the kernel tells none. */
  readonly bootId: string;
  /** One-way hash of the machine id, the same for all agents on a machine; undefined where it has none. */
  readonly machineIdHash: string | undefined;
  readonly cgroupLayout: CgroupLayout;
  readonly gpus: readonly Gpu[];
  /** What this machine is known again by. */
  readonly fingerprint: readonly FingerprintPart[];
}

/** How to read the facts. */
export interface FactsOptions {
  /** A folder on the file system whose size counts. */
  readonly dataPath: string;
  /**
   * What bounds CPU and memory. `own-cgroup` (default): the machine, and the limits on this process and its ancestors.
   * `machine`: the machine alone, for an agent that a service manager limits while an engine outside runs the miners.
   */
  readonly capacity?: 'own-cgroup' | 'machine';
  /** Runs programs; for tests. */
  readonly run?: RunCommand;
}

/** Reads what this host is; rejects with the system's error when `dataPath` is not there. Takes about a second. */
export async function readHostFacts(options: FactsOptions): Promise<HostFacts> {
  const run = options.run ?? runCommand;
  const [names, disk, { gpus }] = await Promise.all([readMachineNames(run), statfs(options.dataPath), surveyGpus(run)]);
  return {
    hostname: hostname(),
    os: names?.os ?? osType(),
    kernel: release(),
    arch: imageArch(process.arch),
    cpuModel: names?.cpuModel ?? cpus()[0]?.model ?? '',
    onlineCpus: cpus().length,
    ...readCapacity(options.capacity ?? 'own-cgroup'),
    diskBytes: disk.blocks * disk.bsize,
    diskFreeBytes: disk.bavail * disk.bsize,
    addresses: reachableAddresses(readInterfaces()),
    bootId: readOptional('/proc/sys/kernel/random/boot_id')?.trim() ?? '',
    machineIdHash: hashMachineId(readOptional('/etc/machine-id') ?? readOptional('/var/lib/dbus/machine-id')),
    cgroupLayout: readCgroupLayout(),
    gpus,
    fingerprint: readFingerprint(),
  };
}

/** What a process may use when its cgroup sets `limit`: the machine's own at most. */
export function boundedBy(machine: number, limit: Limit): number {
  return typeof limit === 'number' ? Math.min(machine, limit) : machine;
}

/** Hashes a machine id, which the system asks not to show to others (machine-id(5)); undefined for none. */
export function hashMachineId(text: string | undefined): string | undefined {
  const id = text?.trim();
  // A system that has not booted once, or an image of one, says `uninitialized`: the same on every such host.
  if (id === undefined || id === '' || id === 'uninitialized') return undefined;
  return createHash('sha256').update(`headframe machine id ${id}`).digest('hex');
}

/** Node's name of a processor architecture as container images write it (OCI image specification, GOARCH). */
export function imageArch(nodeArch: string): string {
  return IMAGE_ARCHS[nodeArch] ?? nodeArch;
}

const IMAGE_ARCHS: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

function readCapacity(bound: 'own-cgroup' | 'machine'): Pick<HostFacts, 'cpuMillicores' | 'memoryBytes'> {
  if (bound === 'machine') return { cpuMillicores: cpus().length * 1000, memoryBytes: totalmem() };
  const confinement = readOwnConfinement();
  return {
    cpuMillicores: boundedBy(availableParallelism() * 1000, confinement.cpuMillicores),
    memoryBytes: boundedBy(totalmem(), confinement.memoryBytes),
  };
}

function readInterfaces(): InterfaceTable {
  try {
    return networkInterfaces();
  } catch {
    return {}; // a service unit without AF_NETLINK forbids the question; addresses are for people only
  }
}
