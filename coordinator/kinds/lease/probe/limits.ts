import type { ResourceRequest } from '../../../../common/model/miner.js';

/** What was read from inside of a lease; undefined for what could not be read, Infinity for no limit. */
export interface ReadLimits {
  /** Thousandths of a CPU. */
  readonly cpuMillis: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly pids: number | undefined;
  readonly gpus: number | undefined;
}

/** Engines round to pages and to the period of the scheduler. */
const TOLERANCE = 0.01;
/** What cgroup v1 says in the place of no limit of memory is all that fits a number of pages. */
const NO_LIMIT_BYTES = 2 ** 62;

/** Reads what the probe's command printed; undefined for what has no end, or is none of it. Pure. */
export function readLimits(output: string): ReadLimits | undefined {
  const lines = output.split('\n').map((line) => line.trim().split(' '));
  if (!lines.some(([name]) => name === 'end')) return undefined;
  const said = new Map(lines.map(([name = '', ...values]) => [name, values.map(numberOf)] as const));
  const first = (name: string): number | undefined => said.get(name)?.[0];
  const memory = first('memory.max') ?? first('memory/memory.limit_in_bytes');
  return {
    cpuMillis: cpuOf(said),
    memoryBytes: memory !== undefined && memory >= NO_LIMIT_BYTES ? Infinity : memory,
    pids: first('pids.max') ?? first('pids/pids.max'),
    gpus: first('gpus'),
  };
}

/** What is other than was rented, in words; empty when nothing is. What could not be read is not told of. Pure. */
export function limitsDiffer(read: ReadLimits, rented: ResourceRequest): readonly string[] {
  const pairs = [
    ['thousandths of a CPU', read.cpuMillis, rented.cpuMillis],
    ['bytes of memory', read.memoryBytes, rented.memoryBytes],
    ['processes', read.pids, rented.pids],
  ] as const;
  const words = pairs
    .filter(([, found, wanted]) => found !== undefined && wanted > 0 && !isAbout(found, wanted))
    .map(([what, found, wanted]) => `${shown(found)} ${what} instead of ${shown(wanted)}`);
  const { gpus } = read;
  return gpus === undefined || gpus === rented.gpus
    ? words
    : [...words, `${shown(gpus)} GPUs instead of ${shown(rented.gpus)}`];
}

/** What could not be read, in words. Pure. */
export function unread(read: ReadLimits): readonly string[] {
  const names = { cpuMillis: 'CPU', memoryBytes: 'memory', pids: 'processes', gpus: 'GPUs' } as const;
  return Object.entries(names)
    .filter(([field]) => read[field as keyof ReadLimits] === undefined) // the table has its fields
    .map(([, name]) => name);
}

function cpuOf(said: ReadonlyMap<string, readonly (number | undefined)[]>): number | undefined {
  const [quota, period] = said.get('cpu.max') ?? [
    said.get('cpu/cpu.cfs_quota_us')?.[0],
    said.get('cpu/cpu.cfs_period_us')?.[0],
  ];
  if (quota === undefined || period === undefined || period <= 0) return undefined;
  // Version 1 says -1.
  return quota < 0 ? Infinity : (quota / period) * 1_000;
}

function numberOf(word: string): number | undefined {
  if (word === 'max') return Infinity;
  return /^-?\d{1,20}$/.test(word) ? Number(word) : undefined;
}

function isAbout(found: number, wanted: number): boolean {
  return Math.abs(found - wanted) <= wanted * TOLERANCE;
}

function shown(value: number | undefined): string {
  return value === Infinity ? 'unlimited' : String(Math.round(value ?? 0));
}
