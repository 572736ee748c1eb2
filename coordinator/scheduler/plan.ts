import type { Why } from '../../common/model/event.js';
import { holdsCapacity } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerSpec } from '../../common/model/miner.js';
import type { FleetReader } from '../fleet/port.js';
import { abilityAsked } from './ability.js';
import type { CapacityIndex } from './capacity-index.js';
import { demandOf } from './demand.js';
import type { Demand, PlacementPolicy } from './demand.js';
import { explain, explainIdentity, QUEUED } from './explain.js';
import type { Explanation } from './explain.js';
import type { FleetMirror } from './fleet-mirror.js';
import { policyOf } from './miner-policy.js';
import { place } from './placement.js';
import { PlannedEvictions } from './preemption/planned.js';
import type { PlannedEviction } from './preemption/planned.js';
import { explainQuota } from './quotas.js';
import type { Quotas } from './quotas.js';
import type { Random } from './sampler.js';

/** A miner as it would be applied. */
export interface PlannedMiner {
  readonly spec: MinerSpec;
  /** Whether its present instances would all be replaced. */
  readonly replaces: boolean;
}

/** What would become of a miner's instances. */
export interface PlacementPlan {
  readonly miner: string;
  /** New instances, by host. */
  readonly placements: readonly { readonly hostId: string; readonly hostName: string; readonly count: number }[];
  /** New instances that would wait. */
  readonly unplaced: number;
  readonly why: Why | undefined;
  /** Present instances that would stop. */
  readonly stopping: number;
  /** Instances of other miners that would be stopped to make room. */
  readonly preempted: readonly PlannedEviction[];
}

/** What planning needs; `pause` is awaited between steps and lets the event loop run when it is time. */
export interface PlanParts {
  readonly fleet: FleetReader;
  readonly mirror: FleetMirror;
  readonly random: Random;
  readonly atMs: number;
  /** Whether a miner has lost an instance to a preemption a short while ago. */
  readonly wasStruck: (miner: string) => boolean;
  readonly pause: () => Promise<void>;
}

/** What a plan may change: copies. */
interface Sketch {
  readonly index: CapacityIndex;
  readonly quotas: Quotas;
  readonly evictions: PlannedEvictions;
}

/** Placed between two pauses. */
const STEP = 4096;

interface Intent {
  readonly demand: Demand;
  readonly count: number;
  /** Serial of the oldest waiting instance; those to be created come last. */
  readonly age: number;
  readonly stopping: number;
  readonly holder: InstanceRecord | undefined;
  /** Undefined for miners that are not planned but wait already. */
  readonly miner: string | undefined;
}

/** Plans on a copy of the index, in the order of the queue: what is planned competes with what waits already. */
export async function planMiners(parts: PlanParts, miners: readonly PlannedMiner[]): Promise<PlacementPlan[]> {
  const index = parts.mirror.index.copy();
  const priorities = new Map(miners.map(({ spec }) => [spec.name, policyAs(parts, spec).priority]));
  const evictions = new PlannedEvictions({ ...parts, index }, priorities);
  const sketch = { index, quotas: parts.mirror.quotas.copy(), evictions };
  const intents = intentsOf(parts, sketch, miners);
  const ordered = [...intents].sort((a, b) => b.demand.priority - a.demand.priority || a.age - b.age);
  const plans = new Map<string, PlacementPlan>();
  const attempt = new Attempt(parts, sketch);
  for (const intent of ordered) {
    const outcome = await attempt.place(intent);
    if (intent.miner !== undefined) plans.set(intent.miner, outcome);
  }
  return miners.map(({ spec }) => plans.get(spec.name)).filter((plan) => plan !== undefined);
}

/** Places one intent after another on the copy. */
class Attempt {
  readonly #parts: PlanParts;
  readonly #index: CapacityIndex;
  readonly #quotas: Quotas;
  readonly #evictions: PlannedEvictions;
  readonly #failedShapes = new Set<string>();
  readonly #claimed = new Set<string>();

  constructor(parts: PlanParts, { index, quotas, evictions }: Sketch) {
    this.#parts = parts;
    this.#index = index;
    this.#evictions = evictions;
    this.#quotas = quotas;
  }

  async place(intent: Intent): Promise<PlacementPlan> {
    const { demand, count, holder, stopping } = intent;
    const taken = holder !== undefined || this.#claimed.has(demand.identity);
    const allowed = demand.identity === '' ? count : Math.min(count, taken ? 0 : 1);
    const byHost = new Map<number, number>();
    const account = this.#quotas.of(demand.namespace);
    const within = account.room(demand, allowed);
    const preempted: PlannedEviction[] = [];
    const left = await this.#placeCopies(demand, within, byHost, preempted);
    account.charge(demand, within - left);
    if (demand.identity !== '' && left < within) this.#claimed.add(demand.identity);
    const placements = [...byHost].map(([host, copies]) => {
      const { id, attributes } = this.#index.entry(host);
      return { hostId: id, hostName: attributes.name, count: copies };
    });
    const unplaced = count - within + left;
    const beyondQuota = within < allowed ? explainQuota(account, demand) : undefined;
    const why = unplaced === 0 ? undefined : this.#why(intent, left > 0, beyondQuota);
    return { miner: demand.miner, placements, unplaced, why, stopping, preempted };
  }

  async #placeCopies(
    demand: Demand,
    count: number,
    byHost: Map<number, number>,
    preempted: PlannedEviction[],
  ): Promise<number> {
    let left = count;
    while (left > 0 && !this.#failedShapes.has(demand.shape)) {
      const step = Math.min(left, STEP);
      const { runs, unplaced } = place(this.#index, { demand, count: step }, this.#parts.random);
      for (const run of runs) byHost.set(run.host, (byHost.get(run.host) ?? 0) + run.count);
      left -= step - unplaced;
      if (unplaced > 0) this.#failedShapes.add(demand.shape);
      await this.#parts.pause();
    }
    if (left === 0) return 0;
    const before = total(byHost);
    preempted.push(...(await this.#evictions.makeRoom(demand, left, byHost)));
    return left - (total(byHost) - before);
  }

  #why({ demand, holder }: Intent, noHost: boolean, beyondQuota: Explanation | undefined): Why {
    const host = holder?.hostId === undefined ? undefined : this.#parts.fleet.host(holder.hostId);
    const explanation = noHost
      ? (explain(this.#index, demand) ?? QUEUED)
      : (beyondQuota ?? explainIdentity(demand.identity, holder, host?.name ?? holder?.hostId ?? ''));
    return { ...explanation, atMs: this.#parts.atMs };
  }
}

/** How a spec that may not be applied yet would be laid out: by its stake's priority where it has one now. */
function policyAs({ fleet }: PlanParts, spec: MinerSpec): PlacementPolicy {
  return policyOf({ spec, stakePriority: fleet.miner(spec.name)?.stakePriority });
}

function total(byHost: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const count of byHost.values()) sum += count;
  return sum;
}

function intentsOf(parts: PlanParts, sketch: Sketch, miners: readonly PlannedMiner[]): Intent[] {
  const planned = new Set(miners.map(({ spec }) => spec.name));
  const released = new Set<number>();
  // First all that would go, so that what goes makes room for whoever comes first.
  const counts = miners.map((miner) => release(parts, sketch, miner, released));
  const holderOf = (demand: Demand): InstanceRecord | undefined => {
    const holder = demand.identity === '' ? undefined : parts.fleet.holderOf(demand.identity);
    return holder !== undefined && released.has(holder.serial) ? undefined : holder;
  };
  const wanted = miners.map(({ spec }, at) => {
    const { name: miner, resources, container, identity, module, lease } = spec;
    const needs = {
      miner,
      resources,
      ports: container.ports,
      identity,
      asks: abilityAsked({ builds: module !== undefined, leases: lease !== undefined }),
    };
    const demand = demandOf(needs, policyAs(parts, spec));
    const { extra = 0, stopping = 0 } = counts[at] ?? {};
    const age = oldestWaiting(parts.mirror, spec.name);
    return { demand, count: extra, age, stopping, holder: holderOf(demand), miner: spec.name };
  });
  const others: Intent[] = [];
  for (const { demand, miner, pending, wanted: isWanted } of parts.mirror.groups()) {
    const age = pending.first();
    if (!isWanted || age === undefined || planned.has(miner)) continue;
    others.push({ demand, count: pending.size, age, stopping: 0, holder: holderOf(demand), miner: undefined });
  }
  return [...wanted, ...others];
}

function oldestWaiting(mirror: FleetMirror, miner: string): number {
  const ages = [...mirror.groupsOf(miner)].map(({ pending }) => pending.first() ?? Number.MAX_SAFE_INTEGER);
  return Math.min(Number.MAX_SAFE_INTEGER, ...ages);
}

/** Takes what would stop out of the copy, and counts how many instances would be new. */
function release(
  { fleet, mirror }: PlanParts,
  { quotas, evictions }: Sketch,
  { spec, replaces }: PlannedMiner,
  released: Set<number>,
): { extra: number; stopping: number } {
  for (const group of mirror.groupsOf(spec.name)) {
    const { demand, holding, booked } = group;
    evictions.unbook(group);
    // What stays counts for the namespace it would be in.
    quotas.of(demand.namespace).charge(demand, -holding - booked);
    quotas.of(spec.namespace).charge(demand, holding);
  }
  if (fleet.miner(spec.name)?.stopped === true) return { extra: 0, stopping: 0 };
  const counts = fleet.countsOf(spec.name);
  const active = counts.assigned + counts.preparing + counts.starting + counts.running;
  const wanted = replaces ? spec.replicas : Math.max(0, spec.replicas - completedOf(fleet, spec.name, counts.stopped));
  const stopping = replaces ? active : Math.max(0, active - wanted);
  // What is stopping already is as good as gone once it is to be replaced.
  const leaving = replaces ? stopping + counts.stopping : stopping;
  for (const { serial } of leaving === 0 ? [] : newestHolding(fleet, spec.name, replaces).slice(0, leaving)) {
    const holding = mirror.holdingOf(serial);
    if (holding?.kind !== 'held') continue;
    evictions.remove(serial);
    quotas.of(spec.namespace).charge(holding.group.demand, -1);
    released.add(serial);
  }
  return { extra: Math.max(0, wanted - (replaces ? 0 : active)), stopping };
}

function newestHolding(fleet: FleetReader, miner: string, alsoStopping: boolean): InstanceRecord[] {
  const holding = [...fleet.instancesOf(miner)].filter(
    ({ state }) => holdsCapacity(state) && (alsoStopping || state !== 'stopping'),
  );
  return holding.reverse();
}

/** Instances that ended with success and are not wanted again. */
function completedOf(fleet: FleetReader, miner: string, stopped: number): number {
  if (stopped === 0) return 0;
  return [...fleet.instancesOf(miner)].filter(({ state, reason }) => state === 'stopped' && reason === 'completed')
    .length;
}
