import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import { coverage, lacks, reliefOf, roomOn, shift } from './room.js';
import type { Occupant, Relief, Room } from './room.js';

/** Only instances whose priority is lower by at least this much are evicted. */
export const PRIORITY_GAP = 100;

/** An instance on a host, as far as preemption looks at it. */
export interface Tenant extends Occupant {
  readonly serial: number;
  readonly priority: number;
  /** `staying` covers all that neither leaves nor may be made to. */
  readonly standing: 'evictable' | 'leaving' | 'booked' | 'staying';
  /** Start of its present run; 0 before. Unix milliseconds. */
  readonly startedAtMs: number;
  /** Whether its miner lost an instance to a preemption a short while ago. */
  readonly recent: boolean;
}

/** What making room costs; less is better, the first difference decides. */
export interface Cost {
  /** Instances that are evicted. */
  readonly victims: number;
  /** Highest priority among them, -1 when there are none. */
  readonly highest: number;
  /** Sum of their priorities. */
  readonly sum: number;
  /** Bookings of lower priority that lose their place. */
  readonly displaced: number;
  /** Victims whose miner lost another one a short while ago. */
  readonly recent: number;
  /** Sum of when they started: the younger, the less is lost. */
  readonly started: number;
}

/** How one host could make room for one instance. */
export interface Clearing {
  readonly host: number;
  readonly victims: readonly Tenant[];
  readonly displaced: readonly Tenant[];
  /** Instances that are stopping already and whose room is needed. */
  readonly awaited: readonly Tenant[];
  readonly cost: Cost;
}

/** Less than zero when `a` is better. */
export function compareCosts(a: Cost, b: Cost): number {
  return (
    a.victims - b.victims ||
    a.highest - b.highest ||
    a.sum - b.sum ||
    a.displaced - b.displaced ||
    a.recent - b.recent ||
    b.started - a.started
  );
}

interface Candidate {
  readonly tenant: Tenant;
  readonly relief: Relief;
}

/**
 * The fewest and lowest instances that have to go so that a host takes one more of a demand, once those that are stopping
 * have ended; undefined when it would not, whoever went. None of the answer could be spared. The host's standing and
 * constraints are the caller's to check.
 */
export function clearingOn(
  index: CapacityIndex,
  host: number,
  demand: Demand,
  tenants: readonly Tenant[],
): Clearing | undefined {
  const candidates = tenants.map((tenant) => ({ tenant, relief: reliefOf(index, host, demand, tenant) }));
  const room = roomOn(
    index,
    host,
    demand,
    candidates.map(({ relief }) => relief),
  );
  const lacking = (): ReturnType<typeof lacks> => lacks(index, host, demand, room);
  const awaited = candidates.filter(({ tenant }) => tenant.standing === 'leaving');
  for (const { relief } of awaited) shift(room, relief, 1);
  const bookings = candidates.filter(({ tenant }) => tenant.standing === 'booked' && tenant.priority < demand.priority);
  const evictable = candidates.filter((candidate) => mayEvict(candidate, demand));

  const displaced = lacking().length === 0 ? [] : bookings;
  for (const { relief } of displaced) shift(room, relief, 1);
  const victims = lacking().length === 0 ? [] : fewest(room, evictable, lacking);
  if (victims === undefined) return undefined;
  spare(room, victims, lacking);
  lower(room, victims, evictable, lacking);
  spare(room, displaced, lacking);
  spare(room, awaited, lacking);
  return toClearing(host, victims, displaced, awaited);
}

function mayEvict({ tenant }: Candidate, demand: Demand): boolean {
  return tenant.standing === 'evictable' && tenant.priority <= demand.priority - PRIORITY_GAP;
}

/** Those that cover most of what is lacking, one after another; undefined when all together do not. Leaves them gone. */
function fewest(
  room: Room,
  evictable: readonly Candidate[],
  lacking: () => ReturnType<typeof lacks>,
): Candidate[] | undefined {
  for (const { relief } of evictable) shift(room, relief, 1);
  const isEnough = lacking().length === 0;
  for (const { relief } of evictable) shift(room, relief, -1);
  if (!isEnough) return undefined;
  const left = [...evictable].sort(cheapestFirst);
  const victims: Candidate[] = [];
  for (let lack = lacking(); lack.length > 0; lack = lacking()) {
    const full = lack.length;
    let best: Candidate | undefined;
    let most = 0;
    for (const candidate of left) {
      const covers = coverage(lack, candidate.relief, room);
      if (covers <= most) continue;
      [best, most] = [candidate, covers];
      // The cheapest that alone is enough; no other can be better.
      if (covers === full) break;
    }
    // What only several give together no single one covers.
    if (best === undefined) {
      for (const { relief } of left) shift(room, relief, 1);
      return [...victims, ...left];
    }
    left.splice(left.indexOf(best), 1);
    victims.push(best);
    shift(room, best.relief, 1);
  }
  return victims;
}

/** Lets everyone stay who need not go, the worthiest first; `gone` is shortened. */
function spare(room: Room, gone: Candidate[], lacking: () => readonly unknown[]): void {
  for (const candidate of [...gone].sort(cheapestFirst).reverse()) {
    shift(room, candidate.relief, -1);
    if (lacking().length === 0) gone.splice(gone.indexOf(candidate), 1);
    else shift(room, candidate.relief, 1);
  }
}

/** Takes a cheaper one in place of a victim where that does as well, the worthiest victim first. */
function lower(
  room: Room,
  victims: Candidate[],
  evictable: readonly Candidate[],
  lacking: () => readonly unknown[],
): void {
  const others = evictable.filter((candidate) => !victims.includes(candidate)).sort(cheapestFirst);
  for (const victim of [...victims].sort(cheapestFirst).reverse()) {
    shift(room, victim.relief, -1);
    const instead = others.find((other) => cheapestFirst(other, victim) < 0 && isEnoughWith(room, other, lacking));
    if (instead === undefined) {
      shift(room, victim.relief, 1);
      continue;
    }
    shift(room, instead.relief, 1);
    others.splice(others.indexOf(instead), 1);
    victims.splice(victims.indexOf(victim), 1, instead);
  }
  spare(room, victims, lacking);
}

function isEnoughWith(room: Room, { relief }: Candidate, lacking: () => readonly unknown[]): boolean {
  shift(room, relief, 1);
  const isEnough = lacking().length === 0;
  shift(room, relief, -1);
  return isEnough;
}

/** Lowest priority, then of a miner left in peace for longest, then youngest. */
function cheapestFirst({ tenant: a }: Candidate, { tenant: b }: Candidate): number {
  return (
    a.priority - b.priority ||
    Number(a.recent) - Number(b.recent) ||
    b.startedAtMs - a.startedAtMs ||
    b.serial - a.serial
  );
}

function toClearing(
  host: number,
  gone: readonly Candidate[],
  displaced: readonly Candidate[],
  awaited: readonly Candidate[],
): Clearing {
  const victims = gone.map(({ tenant }) => tenant).sort((a, b) => a.serial - b.serial);
  const cost: Cost = {
    victims: victims.length,
    highest: Math.max(-1, ...victims.map(({ priority }) => priority)),
    sum: victims.reduce((sum, { priority }) => sum + priority, 0),
    displaced: displaced.length,
    recent: victims.filter(({ recent }) => recent).length,
    started: victims.reduce((sum, { startedAtMs }) => sum + startedAtMs, 0),
  };
  const tenants = (candidates: readonly Candidate[]): Tenant[] => candidates.map(({ tenant }) => tenant);
  return { host, victims, displaced: tenants(displaced), awaited: tenants(awaited), cost };
}
