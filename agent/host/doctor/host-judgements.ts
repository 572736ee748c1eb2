import type { Limit } from '../cgroup/index.js';
import type { CgroupLayout, Controller } from '../cgroup/location.js';
import type { GpuSurvey } from '../gpus.js';
import type { EngineInfo, FoundPrograms } from './engine-judgements.js';
import { inGib, ok, problem, warning } from './finding.js';
import type { Finding } from './finding.js';

// https://docs.docker.com/engine/install/binaries/#prerequisites
const LOWEST_KERNEL = [3, 10] as const;
// https://docs.docker.com/engine/containers/runmetrics/#running-docker-on-cgroup-v2
const GOOD_KERNEL_FOR_V2 = [5, 2] as const;
// At most 8 metric files, a log stream, a health probe and two to spare for each instance; connections and files of the agent itself.
const DESCRIPTORS_PER_INSTANCE = 12;
const DESCRIPTORS_OF_AGENT = 256;
// Every state change waits for the disk once; above this, starting a batch of instances is felt.
const SLOW_FSYNC_MS = 100;

/** How writing to the data folder went. */
export type DataFolderProbe =
  | { readonly kind: 'written'; readonly fsyncMs: number; readonly exists: boolean }
  | { readonly kind: 'failed'; readonly detail: string };

/** The container's metrics can be read. */
export function judgeCgroups(layout: CgroupLayout, readable: ReadonlySet<Controller>): Finding {
  const missing = (['cpu', 'memory', 'pids', 'blkio'] as const).filter((controller) => !readable.has(controller));
  if (missing.length === 0) return ok('cgroups', `cgroup ${layout}, all controllers readable`);
  const detail = `cgroup ${layout}, without ${missing.join(', ')}: what containers use of it is not shown`;
  const remedy =
    'Mount /sys/fs/cgroup; boot with cgroup_enable=memory cgroup_memory=1 where memory is off; an agent inside a container needs --cgroupns=host and --pid=host.';
  const isBlind = missing.includes('cpu') || missing.includes('memory');
  return isBlind ? problem('cgroups', detail, remedy) : warning('cgroups', detail, remedy);
}

/** The agent's own cgroup does not take capacity away from the miners. */
export function judgeConfinement(
  machine: { readonly cpuMillicores: number; readonly memoryBytes: number },
  confinement: { readonly cpuMillicores: Limit; readonly memoryBytes: Limit },
): Finding {
  const limits: string[] = [];
  const { cpuMillicores, memoryBytes } = confinement;
  if (typeof cpuMillicores === 'number' && cpuMillicores < machine.cpuMillicores) {
    limits.push(`${cpuMillicores} of ${machine.cpuMillicores} millicores`);
  }
  if (typeof memoryBytes === 'number' && memoryBytes < machine.memoryBytes) {
    limits.push(`${inGib(memoryBytes)} of ${inGib(machine.memoryBytes)} memory`);
  }
  if (limits.length === 0) return ok('confinement', 'the agent may use the whole machine');
  const detail = `the agent is confined to ${limits.join(' and ')}`;
  return warning(
    'confinement',
    detail,
    'If miners should have more, lift CPUQuota= and MemoryMax= (or docker run --cpus, --memory).',
  );
}

/** The kernel is one that containers run well on. */
export function judgeKernel(release: string, layout: CgroupLayout): Finding {
  const remedy = 'Upgrade the kernel.';
  if (isBelow(release, LOWEST_KERNEL)) return problem('kernel', `Linux ${release} is too old for Docker`, remedy);
  if (layout === 'v2' && isBelow(release, GOOD_KERNEL_FOR_V2)) {
    return warning('kernel', `Linux ${release} lacks parts of cgroup v2`, remedy);
  }
  return ok('kernel', `Linux ${release}`);
}

/** The wall clock follows a time server. Leases do not depend on it; certificates and timestamps do. */
export function judgeClockSync(synchronised: boolean | undefined): Finding {
  if (synchronised === true) return ok('clock_sync', 'the clock is synchronised');
  if (synchronised === false) {
    return warning(
      'clock_sync',
      'the clock is not synchronised',
      'Run: timedatectl set-ntp true, or start chrony or ntpd.',
    );
  }
  const detail = 'nobody here can tell whether the clock is synchronised';
  return warning(
    'clock_sync',
    detail,
    'Make sure that chrony, ntpd, systemd-timesyncd or the hypervisor keeps the time.',
  );
}

/** Enough files may be open for the planned instances. */
export function judgeOpenFiles(limit: number | undefined, plannedInstances: number): Finding {
  const needed = DESCRIPTORS_OF_AGENT + DESCRIPTORS_PER_INSTANCE * plannedInstances;
  const remedy = `Set LimitNOFILE=${needed} or more in the agent's unit, or run ulimit -n ${needed} before it.`;
  if (limit === undefined) return warning('open_files', 'the limit on open files is unknown', remedy);
  const detail = `${limit} open files allowed, ${needed} needed for ${plannedInstances} instances`;
  return limit < needed ? warning('open_files', detail, remedy) : ok('open_files', detail);
}

/** The agent's state can be made durable. */
export function judgeDataFolder(path: string, probe: DataFolderProbe): Finding {
  if (probe.kind === 'failed') {
    const remedy = `Make ${path} a folder that the agent's user may write, on a disk with free space.`;
    return problem('data_folder', `${path} cannot be written: ${probe.detail}`, remedy);
  }
  const detail = `${path} ${probe.exists ? 'is' : 'can be made and is'} writable, fsync takes ${probe.fsyncMs.toFixed(1)} ms`;
  if (probe.fsyncMs <= SLOW_FSYNC_MS) return ok('data_folder', detail);
  return warning('data_folder', detail, 'Put the data folder on a faster local disk.');
}

/** No other agent holds the same data folder. */
export function judgeOtherAgent(pid: number | undefined, dataPath: string): Finding {
  if (pid === undefined) return ok('other_agent', `no other agent uses ${dataPath}`);
  const remedy = 'Stop that agent, or give this one a data folder of its own.';
  return problem('other_agent', `the agent with process id ${pid} uses ${dataPath}`, remedy);
}

/** The coordinator's port can be connected to. */
export function judgeCoordinator(address: string | undefined, failure: string | undefined): Finding {
  if (address === undefined) {
    return warning('coordinator', 'no coordinator address is given', 'Configure the address of the coordinator.');
  }
  if (failure === undefined) return ok('coordinator', `${address} accepts connections`);
  const remedy = 'Check the address, that the coordinator runs and listens there, and firewalls on the way.';
  return problem('coordinator', `${address} cannot be reached: ${failure}`, remedy);
}

/** The GPUs that are there can be given to containers. */
export function judgeGpuUse(survey: GpuSurvey, engine: EngineInfo | undefined, programs: FoundPrograms): Finding {
  const driverRemedy = "Install the vendor's driver and its tools, and see that nvidia-smi lists every GPU.";
  if (survey.faults.length > 0) return warning('gpus', survey.faults.join('; '), driverRemedy);
  const { gpus } = survey;
  if (gpus.length === 0) return ok('gpus', 'no GPUs');
  const detail = `${gpus.length} GPUs: ${[...new Set(gpus.map((gpu) => gpu.model))].join(', ')}`;
  const hasHook = programs.has('nvidia-container-runtime-hook') || engine?.runtimes.includes('nvidia') === true;
  if (engine === undefined || hasHook || !gpus.some((gpu) => gpu.vendor === 'nvidia')) return ok('gpus', detail);
  return warning(
    'gpus',
    `${detail}; the engine cannot give them to containers`,
    'Install nvidia-container-toolkit, run nvidia-ctk runtime configure --runtime=docker, and restart the engine.',
  );
}

function isBelow(release: string, lowest: readonly [number, number]): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const [lowestMajor, lowestMinor] = lowest;
  return Number(major) < lowestMajor || (Number(major) === lowestMajor && Number(minor) < lowestMinor);
}
