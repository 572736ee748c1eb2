import type { Sketch } from '../scheduler/index.js';
import { LEAST_GAP, obstacleOf } from './check.js';
import type { Balance, Move, RebalancePlan, RebalanceScope } from './move.js';
import { Shares } from './shares.js';
import { Places } from './spread.js';
import { tenantsOn } from './tenants.js';
import type { Tenant, TenantFleet } from './tenants.js';
import { loadWhy, spreadWhy } from './words.js';
import type { ShareChange } from './words.js';

/** Receivers that fit and are compared for one instance, emptiest first. */
const RECEIVERS = 4;

interface Choice {
  readonly tenant: Tenant;
  readonly to: number;
  readonly shares: readonly [from: number, to: number];
  readonly gain: number;
}

/**
 * Plans moves on a copy, one at a time, each on what those before it leave: first those that level miners which are to be
 * spread, then those that level the hosts' loads without undoing that. Every move lowers the uneven spread, or keeps it
 * and lowers the deviation; every move fits when those before it have been made. Yields between steps.
 */
export class Planner {
  readonly #fleet: TenantFleet;
  readonly #board: Sketch;
  readonly #scope: RebalanceScope;
  readonly #shares: Shares;
  readonly #places = new Map<string, Places>();
  readonly #moved = new Set<number>();
  readonly #tenants = new Map<number, Tenant[]>();
  readonly #moves: Move[] = [];

  /** `board` is the planner's own from now on. */
  constructor(fleet: TenantFleet, board: Sketch, scope: RebalanceScope) {
    this.#fleet = fleet;
    this.#board = board;
    this.#scope = scope;
    const hosts = board.openHosts().filter((host) => board.bears(host, scope.hostLabels));
    this.#shares = new Shares(hosts.map((host) => [host, board.share(host)]));
  }

  /** Plans; the fleet may change between two steps, so that every move has to be looked at again before it is made. */
  *run(): Generator<undefined, RebalancePlan> {
    for (const { spec } of this.#fleet.miners()) {
      const isMeant = this.#scope.miner === '' || this.#scope.miner === spec.name;
      if (!isMeant || spec.strategy.kind !== 'spread') continue;
      const demand = this.#demandOf(spec.name);
      if (demand !== undefined) this.#places.set(spec.name, new Places(this.#board, demand, this.#shares.hosts));
      yield;
    }
    const before = this.#balance();
    for (const places of this.#places.values()) yield* this.#levelSpread(places);
    yield* this.#levelLoad();
    return { moves: this.#moves, before, after: this.#balance(), hosts: this.#shares.size };
  }

  *#levelSpread(places: Places): Generator<undefined, void> {
    while (places.unevenness > 0 && this.#moves.length < this.#scope.maxMoves) {
      const before = places.unevenness;
      const found = this.#bestSpreadMove(places);
      if (found === undefined) return;
      const why = spreadWhy(places, found.tenant.host, found.to);
      this.#take(found, {
        why,
        levelsSpread: true,
        gain: before - places.unevennessAfter(found.tenant.host, found.to),
      });
      yield;
    }
  }

  /** From the fullest place to the emptiest that takes one, from its fullest host to its emptiest. */
  #bestSpreadMove(places: Places): Choice | undefined {
    const sorted = places.sorted;
    for (const [donor, most] of sorted)
      for (const [receiver, least] of [...sorted].reverse()) {
        if (most - least < 2) break;
        const found = this.#spreadMove(places, donor, receiver);
        if (found !== undefined && places.unevennessAfter(found.tenant.host, found.to) < places.unevenness)
          return found;
      }
    return undefined;
  }

  #spreadMove(places: Places, donor: string, receiver: string): Choice | undefined {
    const givers = this.#shares.sorted.filter((host) => places.of(host) === donor);
    const takers = this.#shares.sorted.filter((host) => places.of(host) === receiver);
    for (const from of givers.reverse()) {
      const tenant = this.#tenantsOn(from).find(({ demand }) => demand.miner === places.demand.miner);
      if (tenant === undefined) continue;
      const to = takers.find((host) => this.#accepts(tenant, host));
      if (to !== undefined) return { tenant, to, shares: this.#sharesAfter(tenant, to), gain: 0 };
    }
    return undefined;
  }

  *#levelLoad(): Generator<undefined, void> {
    const exhausted = new Set<number>();
    while (this.#moves.length < this.#scope.maxMoves) {
      const sorted = this.#shares.sorted;
      const donor = sorted.findLast((host) => !exhausted.has(host));
      if (donor === undefined || this.#shares.of(donor) <= this.#shares.mean) return;
      const best = this.#bestLoadMove(donor, sorted);
      if (best === undefined) exhausted.add(donor);
      else {
        const why = loadWhy(this.#change(best.tenant.host, best.shares[0]), this.#change(best.to, best.shares[1]));
        this.#take(best, { why, levelsSpread: false, gain: best.gain });
      }
      yield;
    }
  }

  /** The move off a host that lowers the deviation most. */
  #bestLoadMove(donor: number, sorted: readonly number[]): Choice | undefined {
    let best: Choice | undefined;
    const seen = new Set<number>();
    for (const tenant of this.#tenantsOn(donor)) {
      if (seen.has(tenant.workloadId)) continue;
      seen.add(tenant.workloadId);
      for (const choice of this.#loadMoves(tenant, sorted))
        if (best === undefined || choice.gain > best.gain) best = choice;
    }
    return best;
  }

  *#loadMoves(tenant: Tenant, sorted: readonly number[]): Generator<Choice> {
    const now = this.#shares.of(tenant.host);
    let compared = 0;
    for (const to of sorted) {
      if (compared >= RECEIVERS || this.#shares.of(to) > now - LEAST_GAP) return;
      if (!this.#accepts(tenant, to) || this.#places.get(tenant.miner)?.keepsLevel(tenant.host, to) === false) continue;
      compared += 1;
      const shares = this.#sharesAfter(tenant, to);
      const after = this.#shares.deviationWith([
        [tenant.host, shares[0]],
        [to, shares[1]],
      ]);
      const gain = this.#shares.deviation - after;
      if (gain > 0 && Math.max(...shares) < now) yield { tenant, to, shares, gain };
    }
  }

  #change(host: number, after: number): ShareChange {
    return { name: this.#board.nameOf(host), before: this.#shares.of(host), after };
  }

  #accepts(tenant: Tenant, to: number): boolean {
    return to !== tenant.host && obstacleOf(this.#board, tenant, to) === undefined;
  }

  #sharesAfter({ host, demand }: Tenant, to: number): [number, number] {
    return [this.#board.shareWith(host, demand, -1), this.#board.shareWith(to, demand, 1)];
  }

  #take(
    { tenant, to, shares }: Choice,
    { why, levelsSpread, gain }: Pick<Move, 'why' | 'levelsSpread' | 'gain'>,
  ): void {
    const { host, demand, miner, serial } = tenant;
    this.#board.move(tenant, to);
    this.#shares.set(host, shares[0]);
    this.#shares.set(to, shares[1]);
    this.#places.get(miner)?.move(host, to);
    this.#moved.add(serial);
    this.#moves.push({
      serial,
      miner,
      fromId: this.#board.idOf(host),
      fromName: this.#board.nameOf(host),
      toId: this.#board.idOf(to),
      toName: this.#board.nameOf(to),
      why,
      gain,
      levelsSpread,
      hasIdentity: demand.identity !== '',
    });
  }

  /** As they were when first asked for, without those that are to leave; newcomers are not moved on. */
  #tenantsOn(host: number): Tenant[] {
    let tenants = this.#tenants.get(host);
    if (tenants === undefined)
      this.#tenants.set(host, (tenants = tenantsOn(this.#fleet, this.#board, host, this.#scope)));
    return tenants.filter(({ serial }) => !this.#moved.has(serial));
  }

  /** What one instance of a miner asks for; undefined when none holds anything. */
  #demandOf(miner: string): Tenant['demand'] | undefined {
    for (const { serial } of this.#fleet.instancesOf(miner)) {
      const held = this.#board.heldBy(serial);
      if (held !== undefined) return held.demand;
    }
    return undefined;
  }

  #balance(): Balance {
    const { deviation, lowest, highest } = this.#shares;
    const unevenSpread = [...this.#places.values()].reduce((sum, places) => sum + places.unevenness, 0);
    return { deviation, lowestShare: lowest, highestShare: highest, unevenSpread };
  }
}
