import type { Candidates } from './feasibility.js';
import { shareOfOne } from './fit.js';
import { Sampler } from './sampler.js';
import { settle } from './strategy.js';
import type { Task } from './strategy.js';

/** Identical copies go to a host together: fewer decisions to make, to store and to send. */
const CHUNK = 8;
const SMALLER_CHUNK = 2;

/** One chunk takes no more of an average host than this, so that few large copies do not fill a host at once. */
const MOST_SHARE = 0.125;

/** Hosts looked at to guess how large a copy is on an average host. */
const PROBES = 4;

/** In a fleet up to this size hosts are levelled copy by copy towards the end of a request. */
const SMALL_FLEET = 64;

/** Strategy `balance`: least dominant share of a few random hosts, in chunks that shrink as nothing fits. Answers the copies placed. */
export function balance(task: Task): number {
  const candidates = task.index.feasibility.candidates(task.demand);
  const sampler = new Sampler(task.index, task.demand, candidates, task.random);
  let chunk = firstChunk(task, candidates);
  let left = task.count;
  while (left > 0) {
    const copies = Math.min(chunk, left, levelChunk(left, candidates.count));
    const host = sampler.pick(copies);
    if (host >= 0) {
      settle(task, host, copies, sampler);
      left -= copies;
    } else if (copies > 1) chunk = copies > SMALLER_CHUNK ? SMALLER_CHUNK : 1;
    else if (!sampler.narrow()) break;
  }
  return task.count - left;
}

function firstChunk({ index, demand, random }: Task, { tiers }: Candidates): number {
  // Copy by copy, a better tier is filled to its last gap.
  if (tiers.length > 1) return 1;
  let share = 0;
  for (const { hosts } of tiers.slice(0, 1))
    for (let probe = 0; probe < PROBES; probe += 1)
      share += shareOfOne(index.columns, demand, hosts[Math.floor(random() * hosts.length)] ?? 0) / PROBES;
  return share === 0 ? CHUNK : Math.min(CHUNK, Math.max(1, Math.floor(MOST_SHARE / share)));
}

function levelChunk(left: number, hosts: number): number {
  return hosts > SMALL_FLEET ? CHUNK : Math.max(1, Math.floor(left / (4 * hosts)));
}
