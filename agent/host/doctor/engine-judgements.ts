import { inGib, ok, problem, warning } from './finding.js';
import type { Finding } from './finding.js';

/** What the doctor needs to know of a container engine; the runtime's adapter fills it in. */
export interface EngineInfo {
  readonly version: string;
  /** Of the program that starts containers, as the engine tells it; '' where it tells none. */
  readonly runcVersion: string;
  /** As the engine writes it, such as `1.41`. */
  readonly apiVersion: string;
  readonly rootPath: string;
  readonly liveRestore: boolean;
  /** Which limits the engine says this kernel can enforce. */
  readonly limits: {
    readonly memory: boolean;
    readonly swap: boolean;
    readonly cpuQuota: boolean;
    readonly pids: boolean;
  };
  readonly storageDriver: string;
  /** File system below the storage driver, such as `extfs`; empty when the engine does not say. */
  readonly backingFilesystem: string;
  readonly ipForwarding: boolean;
  /** Names of the registered OCI runtimes. */
  readonly runtimes: readonly string[];
  /** As the engine writes them, such as `name=seccomp,profile=default`. */
  readonly security: readonly string[];
  /** Whether containers on the default bridge reach each other; undefined without that bridge. */
  readonly icc: boolean | undefined;
  /** Addresses at which it takes calls from the network from whoever comes. */
  readonly openAddresses: readonly string[];
  /** Of containers that choose none. */
  readonly logDriver: string;
  readonly logDrivers: readonly string[];
}

/** Programs the engine starts, as far as they were found. */
export type FoundPrograms = ReadonlySet<string>;

// 20.10: the first with cgroup v2, and the oldest these checks and recipes were tried on.
const LOWEST_API = [1, 41] as const;
// The engine itself fails in odd ways below this: images do not unpack, containers do not start.
const DISK_PROBLEM_BYTES = 1024 ** 3;
// Two instances of the default 5 GB.
const DISK_WARNING_BYTES = 10 * 1024 ** 3;

/** The engine's version is one that is known to work. */
export function judgeEngine(info: EngineInfo): Finding {
  const name = `Docker Engine ${info.version} (API ${info.apiVersion})`;
  const [major = 0, minor = 0] = info.apiVersion.split('.').map(Number);
  const isOld = major < LOWEST_API[0] || (major === LOWEST_API[0] && minor < LOWEST_API[1]);
  if (isOld) return problem('engine', `${name} is too old`, 'Upgrade to Docker Engine 20.10 or later.');
  return ok('engine', name);
}

/** Nothing was answered, so that nothing else can be said of the engine. */
export function judgeUnreachableEngine(why: string): Finding {
  return problem(
    'engine',
    `the Docker Engine does not answer (${why}); its live-restore, limits, storage and networking were not checked`,
    'Start it (systemctl start docker) and let this user use its socket (group docker); without Docker run the agent with --runtime process.',
  );
}

/** Containers outlive a restart of the engine. */
export function judgeLiveRestore(info: EngineInfo): Finding {
  if (info.liveRestore) return ok('live_restore', 'containers outlive a restart of the engine');
  return warning(
    'live_restore',
    'a restart or upgrade of the engine stops every container',
    'Set "live-restore": true in /etc/docker/daemon.json and run: systemctl reload docker',
  );
}

/** The kernel can hold containers to their memory, swap, CPU and process limits. */
export function judgeResourceLimits({ limits }: EngineInfo): Finding {
  const missing = [
    limits.memory ? [] : ['memory'],
    limits.cpuQuota ? [] : ['CPU'],
    limits.pids ? [] : ['process'],
  ].flat();
  if (missing.length > 0) {
    return problem(
      'resource_limits',
      `the kernel does not enforce ${missing.join(', ')} limits`,
      'Boot with the kernel parameters cgroup_enable=memory cgroup_memory=1, or use a kernel with these cgroup controllers.',
    );
  }
  if (limits.swap) return ok('resource_limits', 'memory, swap, CPU and process limits are enforced');
  return warning(
    'resource_limits',
    'swap is not accounted for: a container may swap beyond its memory limit',
    'Boot with the kernel parameter swapaccount=1, or turn swap off (swapoff -a).',
  );
}

/** A container's own disk use can be limited. `mountOptions` are those of the file system the engine's root is on. */
export function judgeStorage(info: EngineInfo, mountOptions: readonly string[]): Finding {
  const name = [info.storageDriver, info.backingFilesystem].filter((part) => part !== '').join(' on ');
  if (canLimitDisk(info, mountOptions)) return ok('storage', `${name} limits the disk use of each container`);
  return warning(
    'storage',
    `${name} cannot limit the disk use of a container`,
    "Move the engine's root to XFS mounted with pquota, or use its btrfs or zfs driver; else keep disk to spare.",
  );
}

/** There is room for images and containers. */
export function judgeEngineDisk(rootPath: string, freeBytes: number | undefined): Finding {
  const remedy = `Free space on the file system of ${rootPath} (docker system prune), or move the engine's data-root.`;
  if (freeBytes === undefined) {
    const detail = `${rootPath} is not visible from here, so that its free space is unknown`;
    return warning('engine_disk', detail, `Run the agent where it can see ${rootPath}, or watch that disk elsewhere.`);
  }
  const detail = `${inGib(freeBytes)} free on ${rootPath}`;
  if (freeBytes < DISK_PROBLEM_BYTES) return problem('engine_disk', detail, remedy);
  return freeBytes < DISK_WARNING_BYTES ? warning('engine_disk', detail, remedy) : ok('engine_disk', detail);
}

/** What the engine needs to publish ports and to let containers out is there. */
export function judgeNetworking(info: EngineInfo, programs: FoundPrograms): Finding {
  const faults: (readonly [string, string])[] = [];
  if (!programs.has('iptables')) faults.push(['iptables is not installed', 'install iptables']);
  if (!programs.has('docker-proxy')) faults.push(['docker-proxy is not installed', 'reinstall the engine package']);
  if (!info.ipForwarding) faults.push(['IPv4 forwarding is off', 'run sysctl -w net.ipv4.ip_forward=1']);
  if (faults.length === 0) return ok('networking', 'iptables, docker-proxy and IPv4 forwarding are there');
  const detail = faults.map(([fault]) => fault).join('; ');
  const remedies = faults.map(([, remedy]) => remedy).join('; ');
  return warning(
    'networking',
    `${detail}: ports may not be published, containers may not get out`,
    `To mend: ${remedies}.`,
  );
}

/** Whether the storage driver can: https://docs.docker.com/reference/cli/docker/container/run/#storage-opt */
export function canLimitDisk(info: EngineInfo, mountOptions: readonly string[]): boolean {
  if (['btrfs', 'zfs', 'devicemapper', 'windowsfilter'].includes(info.storageDriver)) return true;
  const hasProjectQuota = mountOptions.some((option) => option === 'pquota' || option === 'prjquota');
  return info.storageDriver === 'overlay2' && info.backingFilesystem === 'xfs' && hasProjectQuota;
}
