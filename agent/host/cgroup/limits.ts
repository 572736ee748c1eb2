import { posix } from 'node:path';
import { parseCount, V1_UNLIMITED_BYTES } from './counters.js';
import { locate, withAncestors } from './location.js';
import type { CgroupLocation, CgroupMembership, CgroupMount, Controller } from './location.js';
import { readCgroupMounts, readMembership, readOptional } from './process-cgroup.js';

/** A limit as the kernel holds it; `unknown` where its controller cannot be read. */
export type Limit = number | 'unlimited' | 'unknown';

/** The limits the kernel really applies to one container. */
export interface AppliedLimits {
  /** CPU time a period, in microseconds. */
  readonly cpuQuotaMicros: Limit;
  readonly cpuPeriodMicros: number | 'unknown';
  /** Quota over period, in thousandths of a CPU. */
  readonly cpuMillicores: Limit;
  readonly memoryBytes: Limit;
  /** Swap alone, memory not counted. */
  readonly swapBytes: Limit;
  readonly pids: Limit;
}

/** Reads a file's text by controller location and name; undefined when it is not there. */
export type ReadFile = (path: string) => string | undefined;

/** Reads the limits of the cgroup a process is in; undefined when there is no such process. */
export function readLimits(pid: number): AppliedLimits | undefined {
  const membership = readMembership(pid);
  return membership && limitsOf(membership, readCgroupMounts(), readOptional);
}

/** The limits of a cgroup, from whatever `read` finds in its files. */
export function limitsOf(membership: CgroupMembership, mounts: readonly CgroupMount[], read: ReadFile): AppliedLimits {
  const at = (controller: Controller): CgroupLocation | undefined => locate(membership, mounts, controller);
  return {
    ...cpuLimits(at('cpu'), read),
    ...memoryLimits(at('memory'), read),
    pids: fileLimit(at('pids'), 'pids.max', read),
  };
}

/** The tightest CPU (millicores) and memory (bytes) limits on this process: its own cgroup's and every ancestor's. */
export function readOwnConfinement(): { readonly cpuMillicores: Limit; readonly memoryBytes: Limit } {
  const membership = readMembership('self');
  if (membership === undefined) return { cpuMillicores: 'unknown', memoryBytes: 'unknown' };
  const mounts = readCgroupMounts();
  return confinementOf(membership, mounts, readOptional);
}

/** The tightest limits on the way from a cgroup to the root of its tree. */
export function confinementOf(
  membership: CgroupMembership,
  mounts: readonly CgroupMount[],
  read: ReadFile,
): { readonly cpuMillicores: Limit; readonly memoryBytes: Limit } {
  const cpu = chain(locate(membership, mounts, 'cpu')).map((at) => cpuLimits(at, read).cpuMillicores);
  const memory = chain(locate(membership, mounts, 'memory')).map((at) => memoryLimits(at, read).memoryBytes);
  return { cpuMillicores: tightest(cpu), memoryBytes: tightest(memory) };
}

function cpuLimits(
  at: CgroupLocation | undefined,
  read: ReadFile,
): Pick<AppliedLimits, 'cpuQuotaMicros' | 'cpuPeriodMicros' | 'cpuMillicores'> {
  const [quota, period] = at === undefined ? [] : cpuQuotaAndPeriod(at, read);
  const cpuQuotaMicros = toLimit(quota);
  const cpuPeriodMicros = parseCount(period ?? '') ?? 'unknown';
  const derivable = typeof cpuQuotaMicros === 'number' && typeof cpuPeriodMicros === 'number' && cpuPeriodMicros > 0;
  return {
    cpuQuotaMicros,
    cpuPeriodMicros,
    cpuMillicores: derivable ? Math.round((cpuQuotaMicros / cpuPeriodMicros) * 1000) : withoutNumber(cpuQuotaMicros),
  };
}

function cpuQuotaAndPeriod(at: CgroupLocation, read: ReadFile): readonly (string | undefined)[] {
  if (at.version === 2) return read(posix.join(at.dir, 'cpu.max'))?.trim().split(' ') ?? [];
  return [read(posix.join(at.dir, 'cpu.cfs_quota_us')), read(posix.join(at.dir, 'cpu.cfs_period_us'))];
}

function memoryLimits(
  at: CgroupLocation | undefined,
  read: ReadFile,
): Pick<AppliedLimits, 'memoryBytes' | 'swapBytes'> {
  if (at?.version === 2) {
    return { memoryBytes: fileLimit(at, 'memory.max', read), swapBytes: fileLimit(at, 'memory.swap.max', read) };
  }
  const memoryBytes = fileLimit(at, 'memory.limit_in_bytes', read);
  const bothBytes = fileLimit(at, 'memory.memsw.limit_in_bytes', read);
  // v1 limits memory and swap together; without a limit on memory the swap's share has no number.
  const swapBytes =
    typeof bothBytes === 'number' && typeof memoryBytes === 'number' ? bothBytes - memoryBytes : undefined;
  return { memoryBytes, swapBytes: swapBytes ?? withoutNumber(bothBytes) };
}

function fileLimit(at: CgroupLocation | undefined, name: string, read: ReadFile): Limit {
  return at === undefined ? 'unknown' : toLimit(read(posix.join(at.dir, name)));
}

function toLimit(text: string | undefined): Limit {
  const trimmed = text?.trim();
  if (trimmed === 'max' || trimmed === '-1') return 'unlimited';
  const value = parseCount(trimmed ?? '');
  if (value === undefined) return 'unknown';
  return value >= V1_UNLIMITED_BYTES ? 'unlimited' : value;
}

function withoutNumber(limit: Limit): Limit {
  return typeof limit === 'number' ? 'unknown' : limit;
}

function chain(location: CgroupLocation | undefined): CgroupLocation[] {
  return location === undefined ? [] : withAncestors(location).map((dir) => ({ ...location, dir }));
}

function tightest(limits: readonly Limit[]): Limit {
  const numbers = limits.filter((limit) => typeof limit === 'number');
  if (numbers.length > 0) return Math.min(...numbers);
  return limits.includes('unlimited') ? 'unlimited' : 'unknown';
}
