import type { EngineInfo } from '../../host/index.js';
import type { RuntimeInfo } from '../runtime.js';

/** What the engine says of itself, as far as it is used; older engines leave some of it out. */
export interface EngineFacts {
  readonly ServerVersion: string;
  readonly Driver: string;
  readonly DriverStatus?: readonly (readonly [name: string, value: string])[] | null;
  readonly DockerRootDir: string;
  readonly CgroupVersion?: string;
  readonly Runtimes?: Readonly<Record<string, unknown>>;
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly PidsLimit?: boolean;
  readonly LiveRestoreEnabled?: boolean;
  readonly IPv4Forwarding?: boolean;
  readonly SecurityOptions?: readonly string[] | null;
  readonly Warnings?: readonly string[] | null;
  readonly LoggingDriver?: string;
  /** By the Container Device Interface; of engines from 28.2 on. */
  readonly DiscoveredDevices?: readonly { readonly ID: string }[] | null;
  readonly Plugins?: { readonly Log?: readonly string[] | null };
}

/** Whether a container's writable layer can be bounded; `maybe` shows at the first container that asks for it. */
export type DiskLimitSupport = 'yes' | 'maybe' | 'no';

/** Graph drivers that can bound a layer at all. */
const SIZED_DRIVERS = new Set(['btrfs', 'zfs', 'devicemapper']);

/** The engine itself warns of each: https://docs.docker.com/engine/security/protect-access/ */
const OPEN_ADDRESS = /API is accessible on (\S+) without (?:encryption|TLS client verification)/;

/** What the storage driver allows; overlay2 needs XFS with project quotas, of which the engine tells only the first. */
export function diskLimitSupport(facts: EngineFacts): DiskLimitSupport {
  if (SIZED_DRIVERS.has(facts.Driver)) return 'maybe';
  return facts.Driver === 'overlay2' && backingFilesystem(facts) === 'xfs' ? 'maybe' : 'no';
}

/** The runtime's description of itself. */
export function runtimeInfoOf(facts: EngineFacts, diskLimit: DiskLimitSupport): RuntimeInfo {
  const has: readonly (readonly [capability: string, present: boolean | undefined])[] = [
    ['isolation', true],
    ['cpu_limit', facts.CpuCfsQuota],
    ['memory_limit', facts.MemoryLimit],
    ['swap_limit', facts.SwapLimit],
    ['pids_limit', facts.PidsLimit],
    ['disk_limit', diskLimit === 'yes'],
    ['gpu', facts.Runtimes !== undefined && 'nvidia' in facts.Runtimes],
    ['image_build', true],
    ['exec_tty', true],
    ['live_restore', facts.LiveRestoreEnabled],
  ];
  return {
    kind: 'docker',
    version: facts.ServerVersion,
    isolates: true,
    dataRoot: facts.DockerRootDir,
    // Engines before 20.10 do not tell and know version 1 only.
    cgroupVersion: facts.CgroupVersion ?? '1',
    capabilities: has.filter(([, present]) => present === true).map(([capability]) => capability),
  };
}

/** The same for the doctor's eyes. */
export function engineInfoOf(
  facts: EngineFacts,
  other: Pick<EngineInfo, 'apiVersion' | 'icc' | 'runcVersion'>,
): EngineInfo {
  return {
    ...other,
    version: facts.ServerVersion,
    rootPath: facts.DockerRootDir,
    liveRestore: facts.LiveRestoreEnabled ?? false,
    limits: {
      memory: facts.MemoryLimit ?? false,
      swap: facts.SwapLimit ?? false,
      cpuQuota: facts.CpuCfsQuota ?? false,
      pids: facts.PidsLimit ?? false,
    },
    storageDriver: facts.Driver,
    backingFilesystem: backingFilesystem(facts),
    ipForwarding: facts.IPv4Forwarding ?? false,
    runtimes: Object.keys(facts.Runtimes ?? {}),
    security: facts.SecurityOptions ?? [],
    openAddresses: openAddressesOf(facts),
    logDriver: facts.LoggingDriver ?? '',
    logDrivers: facts.Plugins?.Log ?? [],
  };
}

function openAddressesOf({ Warnings }: EngineFacts): string[] {
  return (Warnings ?? []).flatMap((text) => OPEN_ADDRESS.exec(text)?.[1] ?? []);
}

function backingFilesystem(facts: EngineFacts): string {
  return facts.DriverStatus?.find(([name]) => name === 'Backing Filesystem')?.[1] ?? '';
}

/** The id that user 0 of containers has on the host: with userns-remap the engine's data lies in a folder named after it. */
export function firstUidOf({ SecurityOptions, DockerRootDir }: EngineFacts): number {
  if (!(SecurityOptions ?? []).some((option) => option.startsWith('name=userns'))) return 0;
  return Number(/\/(\d+)\.\d+$/.exec(DockerRootDir)?.[1] ?? 0);
}
