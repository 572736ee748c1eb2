import { readFile } from 'node:fs/promises';
import type { CgroupReading } from '../../../common/challenge/proof.js';

/** What of a reading counts up from the container's start. Milliseconds. */
export interface CgroupCounters {
  readonly cpuTimeMs: number;
  readonly throttledMs: number;
}

/** How a file is read; undefined where it cannot be. */
type TextOf = (path: string) => Promise<string | undefined>;

type Found = Omit<CgroupReading, 'wallMs'>;

const ROOT = '/sys/fs/cgroup';
/** Version 1 writes this, or near it, for no limit. */
const NO_LIMIT = 2 ** 62;

/**
 * What the kernel says of the group that this process is the first of, as a container sees it: cgroup v2 in one folder, v1 in
 * one for each controller. What cannot be read is 0.
 */
export async function readCgroup(root: string = ROOT, textOf: TextOf = readText): Promise<Found> {
  const controllers = await textOf(`${root}/cgroup.controllers`);
  return controllers === undefined ? readV1(root, textOf) : readV2(root, textOf);
}

/** What was used between two readings. */
export function usedSince(before: CgroupCounters, { cpuTimeMs, throttledMs, ...found }: Found): Found {
  return { ...found, cpuTimeMs: cpuTimeMs - before.cpuTimeMs, throttledMs: throttledMs - before.throttledMs };
}

async function readV2(root: string, textOf: TextOf): Promise<Found> {
  const [quota = 'max', period = '100000'] = (await textOf(`${root}/cpu.max`))?.trim().split(' ') ?? [];
  const stat = fieldsOf(await textOf(`${root}/cpu.stat`));
  return {
    version: 2,
    cpuLimitMillis: quota === 'max' ? 0 : Math.round((1000 * Number(quota)) / Number(period)),
    memoryLimitBytes: numberOf(await textOf(`${root}/memory.max`)),
    memoryPeakBytes: numberOf(await textOf(`${root}/memory.peak`)),
    cpuTimeMs: (stat.get('usage_usec') ?? 0) / 1000,
    throttledMs: (stat.get('throttled_usec') ?? 0) / 1000,
  };
}

async function readV1(root: string, textOf: TextOf): Promise<Found> {
  const usage = await textOf(`${root}/cpuacct/cpuacct.usage`);
  const quota = numberOf(await textOf(`${root}/cpu/cpu.cfs_quota_us`));
  const period = numberOf(await textOf(`${root}/cpu/cpu.cfs_period_us`));
  const limit = numberOf(await textOf(`${root}/memory/memory.limit_in_bytes`));
  const stat = fieldsOf(await textOf(`${root}/cpu/cpu.stat`));
  return {
    version: usage === undefined ? 0 : 1,
    cpuLimitMillis: quota > 0 && period > 0 ? Math.round((1000 * quota) / period) : 0,
    memoryLimitBytes: limit >= NO_LIMIT ? 0 : limit,
    memoryPeakBytes: numberOf(await textOf(`${root}/memory/memory.max_usage_in_bytes`)),
    cpuTimeMs: numberOf(usage) / 1e6,
    throttledMs: (stat.get('throttled_time') ?? 0) / 1e6,
  };
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'latin1').catch(() => undefined);
}

/** 0 for what is no number, such as `max`, and for what is negative. */
function numberOf(text: string | undefined): number {
  const number = Number(text?.trim());
  return Number.isFinite(number) && number > 0 ? number : 0;
}

function fieldsOf(text: string | undefined): ReadonlyMap<string, number> {
  const lines = (text ?? '').split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([name = '', value = '']) => [name, numberOf(value)]));
}
