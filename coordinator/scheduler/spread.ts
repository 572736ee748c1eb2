import { labelValue } from './constraint.js';
import type { Candidates, Tier } from './feasibility.js';
import { copiesThatFit, roomAfter } from './fit.js';
import { Heap } from './heap.js';
import { Sampler } from './sampler.js';
import { settle } from './strategy.js';
import type { Task } from './strategy.js';

/** Strategy `spread`: always where the fewest instances of the miner are, by host or by a label's value. Answers the copies placed. */
export function spread(task: Task): number {
  return task.demand.strategy.spreadBy === '' ? spreadOverHosts(task) : spreadOverLabel(task);
}

interface Host {
  readonly handle: number;
  readonly bonus: number;
  instances: number;
  /** Room left with one more copy, and the bonus. */
  score: number;
}

/** Exact: placing a copy changes the order of its own host alone. */
function spreadOverHosts(task: Task): number {
  const { index, demand } = task;
  const heap = new Heap<Host>(
    (a, b) => a.instances < b.instances || (a.instances === b.instances && a.score > b.score),
  );
  const offer = (handle: number, bonus: number): void => {
    if (copiesThatFit(index, demand, handle, 1) === 0) return;
    const score = roomAfter(index.columns, demand, handle, 1) + bonus;
    heap.push({ handle, bonus, instances: index.counts.on(demand.miner, handle), score });
  };
  for (const { hosts, bonus } of index.feasibility.candidates(demand).tiers)
    for (const handle of hosts) offer(handle, bonus);
  let placed = 0;
  while (placed < task.count) {
    const compared = heap.size;
    const first = heap.pop();
    if (first === undefined) break;
    settle(task, first.handle, 1, { share: 1 - (first.score - first.bonus), compared });
    placed += 1;
    offer(first.handle, first.bonus);
  }
  return placed;
}

interface Domain {
  readonly sampler: Sampler;
  /** Settles ties, so that the same domain is not always first. */
  readonly draw: number;
  instances: number;
}

function spreadOverLabel(task: Task): number {
  const heap = new Heap<Domain>(
    (a, b) => a.instances < b.instances || (a.instances === b.instances && a.draw < b.draw),
  );
  for (const domain of domainsOf(task)) heap.push(domain);
  let placed = 0;
  while (placed < task.count) {
    const domain = heap.pop();
    if (domain === undefined) break;
    const host = pickOne(domain.sampler);
    if (host < 0) continue;
    settle(task, host, 1, domain.sampler);
    placed += 1;
    domain.instances += 1;
    heap.push(domain);
  }
  return placed;
}

function pickOne(sampler: Sampler): number {
  const host = sampler.pick(1);
  return host < 0 && sampler.narrow() ? sampler.pick(1) : host;
}

/** One domain a value of the label; hosts without the label form one together. */
function domainsOf(task: Task): Domain[] {
  const { index, demand, random } = task;
  const valueOf = (handle: number): string =>
    labelValue(index.entry(handle).attributes, demand.strategy.spreadBy) ?? '';
  const instances = new Map<string, number>();
  for (const [handle, count] of index.counts.of(demand.miner))
    instances.set(valueOf(handle), (instances.get(valueOf(handle)) ?? 0) + count);
  return [...groupTiers(index.feasibility.candidates(demand), valueOf)].map(([value, tiers]) => ({
    sampler: new Sampler(index, demand, { tiers }, random),
    draw: random(),
    instances: instances.get(value) ?? 0,
  }));
}

function groupTiers({ tiers }: Candidates, valueOf: (handle: number) => string): Map<string, Tier[]> {
  const groups = new Map<string, Tier[]>();
  for (const { bonus, hosts } of tiers) {
    const members = new Map<string, number[]>();
    for (const handle of hosts) append(members, valueOf(handle), handle);
    for (const [value, handles] of members) append(groups, value, { bonus, hosts: Int32Array.from(handles) });
  }
  return groups;
}

function append<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
