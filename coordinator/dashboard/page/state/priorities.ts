import type { FleetMirror } from './fleet-mirror.js';
import type { MinerJson } from './wire.js';

/** The classes by falling priority; each reaches down to the next. */
const CLASSES = [
  { name: 'critical', least: 900 },
  { name: 'high', least: 700 },
  { name: 'normal', least: 500 },
  { name: 'low', least: 300 },
  { name: 'background', least: 0 },
] as const;
const NORMAL = 500;

/** How the miners of a class of priority stand. */
export interface ClassCounts {
  readonly name: string;
  readonly miners: number;
  readonly wanted: number;
  readonly running: number;
  readonly starting: number;
  readonly pending: number;
}

/** The priority that counts. Pure. */
export function priorityOf({ spec, stakePriority }: MinerJson): number {
  return stakePriority?.priority ?? spec?.priority ?? NORMAL;
}

/** The name of the class that a priority is in. Pure. */
export function classOf(priority: number): string {
  return (CLASSES.find(({ least }) => priority >= least) ?? CLASSES[4]).name;
}

/** How the fleet stands by classes of priority, the highest first, those without a miner left out. Pure. */
export function byPriority({ miners }: Pick<FleetMirror, 'miners'>): ClassCounts[] {
  const sums = new Map<string, { -readonly [K in keyof Omit<ClassCounts, 'name'>]: number }>();
  for (const miner of miners.values()) {
    const name = classOf(priorityOf(miner));
    const sum = sums.get(name) ?? { miners: 0, wanted: 0, running: 0, starting: 0, pending: 0 };
    sum.miners += 1;
    sum.wanted += miner.counts?.desired ?? 0;
    sum.running += miner.counts?.running ?? 0;
    sum.starting += miner.counts?.starting ?? 0;
    sum.pending += miner.counts?.pending ?? 0;
    sums.set(name, sum);
  }
  return CLASSES.flatMap(({ name }) => {
    const sum = sums.get(name);
    return sum === undefined ? [] : [{ name, ...sum }];
  });
}
