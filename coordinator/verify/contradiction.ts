import type { ChallengeParameters } from '../../common/challenge/parameters.js';
import type { ClaimedLimits, Seen } from './seen.js';

/** What cannot be so. */
export interface Contradiction {
  readonly reason: 'challenge_contradiction' | 'challenge_limits_wrong';
  readonly text: string;
}

/** No core fills a GiB by Argon2d in less CPU time: that would be 10 GiB/s, several times what the quickest do. */
const LEAST_CPU_MS_PER_GIB = 100;
/** CPU time is counted in ticks, and the container began before our clock did. */
const CPU_GRACE_MS = 1_000;
const CPU_SLACK = 1.2;
/** The engine rounds limits: CPU to hundredths, memory to pages. */
const CPU_ROUNDING_MILLIS = 10;
const PAGE_BYTES = 4096;
/** Argon2's own memory is nearly all that a prover has. */
const PEAK_SHARE = 0.95;
/** Of the time that the work took: threads held back for less do not explain it. */
const HELD_BACK_SHARE = 0.25;
const KIB_PER_GIB = 2 ** 20;

type Told = Pick<Seen, 'parameters' | 'limits' | 'isContained' | 'commitMs' | 'cgroup'>;

/** Whether the kernel held the prover's threads back for so long that its limits explain why it was slow. */
export function isHeldBack({ cgroup, commitMs, isContained }: Told): boolean {
  return isContained && cgroup !== undefined && cgroup.throttledMs > Math.max(1, HELD_BACK_SHARE * commitMs);
}

/**
 * What of the container's limits and counters cannot be so; undefined where all fits, and where there is nothing to be read.
 * A hostile root can lie in all of them: this catches helpers and mistakes, not a liar who takes care.
 */
export function contradictionOf({
  parameters,
  limits,
  isContained,
  commitMs,
  cgroup,
}: Told): Contradiction | undefined {
  if (!isContained || parameters.type === 'network') return undefined;
  if (cgroup === undefined || cgroup.version === 0) return contradiction('It says nothing of its container');
  const wrongLimit = wrongLimitOf(cgroup, limits);
  if (wrongLimit !== undefined) return wrongLimit;
  const mostCpuMs = (CPU_SLACK * commitMs * limits.cpuMillis) / 1000 + CPU_GRACE_MS;
  if (cgroup.cpuTimeMs > mostCpuMs)
    return contradiction(`${ms(cgroup.cpuTimeMs)} of CPU time are more than its limit lets be used in ${ms(commitMs)}`);
  const leastCpuMs = leastCpuTimeMs(parameters);
  if (cgroup.cpuTimeMs < leastCpuMs)
    return contradiction(
      `${ms(cgroup.cpuTimeMs)} of CPU time cannot have done what took ${ms(leastCpuMs)} at the very least`,
    );
  const leastPeak = parameters.type === 'memory' ? PEAK_SHARE * parameters.memoryKib * 1024 : 0;
  // Kernels before 5.19 tell no peak in version 2.
  if (cgroup.memoryPeakBytes > 0 && cgroup.memoryPeakBytes < leastPeak)
    return contradiction(`a peak of ${String(cgroup.memoryPeakBytes)} bytes is less than what was to be filled`);
  return undefined;
}

function wrongLimitOf(
  { cpuLimitMillis, memoryLimitBytes }: { readonly cpuLimitMillis: number; readonly memoryLimitBytes: number },
  { cpuMillis, memoryBytes }: ClaimedLimits,
): Contradiction | undefined {
  const cpu = `a CPU limit of ${String(cpuLimitMillis)} thousandths in place of ${String(cpuMillis)}`;
  if (cpuLimitMillis > 0 && cpuLimitMillis < cpuMillis - CPU_ROUNDING_MILLIS)
    return { reason: 'challenge_limits_wrong', text: cpu };
  if (cpuLimitMillis === 0 || cpuLimitMillis > cpuMillis + CPU_ROUNDING_MILLIS) return contradiction(cpu);
  if (Math.abs(memoryLimitBytes - memoryBytes) > PAGE_BYTES)
    return contradiction(`a memory limit of ${String(memoryLimitBytes)} bytes in place of ${String(memoryBytes)}`);
  return undefined;
}

/** Of the work that cannot be done in less. */
function leastCpuTimeMs(parameters: ChallengeParameters): number {
  switch (parameters.type) {
    case 'cpu': {
      const { chains, steps, memoryKib, passes } = parameters;
      return ((chains * steps * memoryKib * passes) / KIB_PER_GIB) * LEAST_CPU_MS_PER_GIB;
    }
    case 'memory':
      return (parameters.memoryKib / KIB_PER_GIB) * LEAST_CPU_MS_PER_GIB;
    case 'disk':
    case 'network':
    case 'gpu':
      return 0;
  }
}

function contradiction(text: string): Contradiction {
  return { reason: 'challenge_contradiction', text };
}

function ms(value: number): string {
  return `${Math.round(value).toString()} ms`;
}
