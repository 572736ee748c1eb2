import { copiesThatFit, roomAfter } from './fit.js';
import { settle } from './strategy.js';
import type { Task } from './strategy.js';

interface Candidate {
  readonly handle: number;
  readonly bonus: number;
}

/** Strategy `consolidate`: fills the host with the highest dominant share that still has room, then the next. Answers the copies placed. */
export function consolidate(task: Task): number {
  const { index, demand } = task;
  const open = index.feasibility
    .candidates(demand)
    .tiers.flatMap(({ bonus, hosts }) => Array.from(hosts, (handle) => ({ handle, bonus })));
  let left = task.count;
  while (left > 0) {
    const host = findFullest(task, open);
    if (host === undefined) break;
    const copies = copiesThatFit(index, demand, host, left);
    const share = 1 - roomAfter(index.columns, demand, host, copies);
    settle(task, host, copies, { share, compared: open.length });
    left -= copies;
  }
  return task.count - left;
}

/** The handle of the fullest host that takes a copy; those that take none leave the list. */
function findFullest({ index, demand }: Task, open: Candidate[]): number | undefined {
  let fullest: number | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  let kept = 0;
  for (const candidate of open) {
    if (copiesThatFit(index, demand, candidate.handle, 1) === 0) continue;
    open[kept++] = candidate;
    const score = roomAfter(index.columns, demand, candidate.handle, 1) - candidate.bonus;
    if (score >= lowest) continue;
    lowest = score;
    fullest = candidate.handle;
  }
  open.length = kept;
  return fullest;
}
