import type { Demand } from './demand.js';
import { Heap } from './heap.js';
import { QuotaWaits } from './quota-waits.js';
import { before, Turns } from './turns.js';
import type { Entry, Turn } from './turns.js';
import type { GroupStatus, WaitingGroup } from './waiting-group.js';

/** The groups that every host takes or refuses alike, so that the failure of one is the failure of all. */
interface Shape {
  readonly key: string;
  /** By namespace. */
  readonly lanes: Map<string, Lane>;
  blocked: boolean;
  /** Priority of the group that found no place. */
  failedAt: number;
}

/** The groups of one shape and namespace. */
interface Lane {
  readonly shape: Shape;
  readonly namespace: string;
  readonly entries: Heap<Entry>;
  size: number;
}

/** Where a group stands; its entries elsewhere are out of date. */
interface Seat {
  readonly status: Exclude<GroupStatus, 'idle' | 'ready' | 'blocked'> | 'shaped';
  readonly lane: Lane | undefined;
  readonly entry: Entry | undefined;
  readonly namespace: string;
  readonly identity: string;
}

/** Whose turn comes first within one namespace. */
export const inTurn = (a: WaitingGroup, b: WaitingGroup): boolean => before(entryOf(a), entryOf(b));

/**
 * Whose turn it is: priority first, then the namespace that holds least of what it may, then age. A shape that fits
 * nowhere is blocked with all its groups until a host that could take it changes; a group beyond its quota until that has
 * room; nobody else is woken by that change.
 */
export class PlacementQueue {
  readonly #shapes = new Map<string, Shape>();
  readonly #seats = new Map<WaitingGroup, Seat>();
  readonly #turns: Turns<Lane>;
  readonly #byIdentity = new Map<string, Set<WaitingGroup>>();
  readonly #quotaWaits = new QuotaWaits(inTurn);
  readonly #untold = new Set<WaitingGroup>();
  #blockedShapes = 0;

  /** `shareOf` tells what a namespace holds of what it may; without it all are equal. */
  constructor(shareOf: (namespace: string) => number = () => 0) {
    const isCurrent = (lane: Lane, entry: Entry): boolean => !lane.shape.blocked && this.#firstOf(lane) === entry;
    this.#turns = new Turns(isCurrent, shareOf);
  }

  /** Groups with instances that wait, their turn come or not. */
  get size(): number {
    return this.#seats.size;
  }

  /** Whether any group's turn has come. */
  get hasReady(): boolean {
    return this.#turns.hasAny;
  }

  /** Whether any shape is blocked. */
  get hasBlocked(): boolean {
    return this.#blockedShapes > 0;
  }

  /** Whether any group is blocked or waits for a quota or an identity. */
  get hasWaiting(): boolean {
    return this.#blockedShapes > 0 || this.#byIdentity.size > 0 || this.#quotaWaits.size > 0;
  }

  /** Who waits for a quota, and whose quota has eased. */
  get quotaWaits(): Omit<QuotaWaits, 'add' | 'delete'> {
    return this.#quotaWaits;
  }

  /** Where a group is. */
  statusOf(group: WaitingGroup): GroupStatus {
    const seat = this.#seats.get(group);
    if (seat === undefined) return 'idle';
    if (seat.status === 'shaped') return seat.lane?.shape.blocked === true ? 'blocked' : 'ready';
    return seat.status;
  }

  /** Takes a group in, or takes note that its demand or its waiting instances changed. */
  refresh(group: WaitingGroup): void {
    const age = group.pending.first();
    if (!group.wanted || age === undefined) {
      this.#unseat(group);
      return;
    }
    const seat = this.#seats.get(group);
    if (!this.#isSeated(seat, group, age)) {
      this.#unseat(group);
      this.#seat(group, age);
    }
    if (this.statusOf(group) !== 'ready') this.#untold.add(group);
  }

  /** Whose turn it is, and whom it competes with; `nowMs` of a monotonic clock. */
  next(nowMs: number): Turn | undefined {
    return this.#turns.next(nowMs);
  }

  /** Notes that instances of a group were placed. */
  served({ demand }: WaitingGroup, nowMs: number): void {
    this.#turns.served(demand.namespace, nowMs);
  }

  /** Groups of which some instances may not have been told yet why they wait; the reader removes what it has told. */
  get untold(): Set<WaitingGroup> {
    return this.#untold;
  }

  /** Blocks a group, and all of its shape, until `wake`. */
  block(group: WaitingGroup): void {
    const shape = this.#seats.get(group)?.lane?.shape;
    if (shape === undefined || shape.blocked) return;
    shape.blocked = true;
    shape.failedAt = group.demand.priority;
    this.#blockedShapes += 1;
    for (const { entries } of shape.lanes.values())
      for (const entry of entries.items())
        if (this.#seats.get(entry.group)?.entry === entry) this.#untold.add(entry.group);
  }

  /** Blocks a group alone until `identityFreed`. */
  awaitIdentity(group: WaitingGroup): void {
    this.#unseat(group);
    this.#sitApart(group, 'identity');
    const waiting = this.#byIdentity.get(group.demand.identity) ?? new Set<WaitingGroup>();
    this.#byIdentity.set(group.demand.identity, waiting.add(group));
  }

  /** Gives those that wait for an identity their turn. */
  identityFreed(identity: string): void {
    for (const group of [...(this.#byIdentity.get(identity) ?? [])]) {
      this.#unseat(group);
      this.refresh(group);
    }
  }

  /** Blocks a group alone until `wakeEased` finds room for it in its quota. */
  awaitQuota(group: WaitingGroup, nowMs: number): void {
    this.#unseat(group);
    this.#sitApart(group, 'quota');
    this.#quotaWaits.add(group.demand.namespace, group, nowMs);
  }

  /** Gives those their turn whose quota has room again; one step a group, so that the caller may pause. */
  *wakeEased(hasRoom: (group: WaitingGroup) => boolean): Generator<undefined, void> {
    for (const namespace of [...this.#quotaWaits.eased]) {
      this.#quotaWaits.settle(namespace);
      for (const group of this.#quotaWaits.of(namespace)) {
        // While the caller paused it may have gone.
        if (this.statusOf(group) !== 'quota') continue;
        this.#untold.add(group);
        if (hasRoom(group)) {
          this.#unseat(group);
          this.refresh(group);
        }
        yield;
      }
    }
  }

  /** Gives those blocked shapes their turn that a changed host could take; pauses as `couldHelp` does, and after a shape. */
  *wake(couldHelp: (demand: Demand) => Generator<undefined, boolean>): Generator<undefined, void> {
    for (const shape of this.#shapes.values()) {
      if (!shape.blocked) continue;
      const firsts = [...shape.lanes.values()].flatMap((lane) => this.#firstOf(lane) ?? []);
      const first = firsts.reduce<Entry | undefined>((a, b) => (a !== undefined && before(a, b) ? a : b), undefined);
      if (first === undefined) continue;
      // Nobody asks for a higher priority that comes from now on: it has a turn of its own.
      shape.failedAt = Math.min(shape.failedAt, first.priority);
      if (yield* couldHelp(first.group.demand)) this.wakeShape(shape.key);
      yield;
    }
  }

  /** Gives a shape its turn if it is blocked. */
  wakeShape(key: string): void {
    const shape = this.#shapes.get(key);
    if (shape?.blocked === true) this.#unblock(shape);
  }

  /** The groups that are blocked or wait for a quota or an identity. */
  *waiting(): Iterable<WaitingGroup> {
    for (const group of this.#seats.keys()) if (this.statusOf(group) !== 'ready') yield group;
  }

  #isSeated(seat: Seat | undefined, group: WaitingGroup, age: number): boolean {
    const { demand } = group;
    switch (seat?.status) {
      case undefined:
        return false;
      case 'identity':
        return seat.identity === demand.identity && seat.namespace === demand.namespace;
      case 'quota':
        return seat.namespace === demand.namespace && seat.entry?.priority === demand.priority;
      case 'shaped':
        return (
          seat.lane?.shape.key === demand.shape &&
          seat.namespace === demand.namespace &&
          seat.entry?.priority === demand.priority &&
          seat.entry.age === age
        );
    }
  }

  #sitApart(group: WaitingGroup, status: 'identity' | 'quota'): void {
    const { identity, namespace } = group.demand;
    this.#seats.set(group, { status, lane: undefined, entry: entryOf(group), namespace, identity });
    this.#turns.enter(namespace);
    this.#untold.add(group);
  }

  #seat(group: WaitingGroup, age: number): void {
    const { namespace, priority } = group.demand;
    const lane = this.#laneOf(group.demand);
    const entry = { group, priority, age };
    lane.entries.push(entry);
    lane.size += 1;
    this.#seats.set(group, { status: 'shaped', lane, entry, namespace, identity: '' });
    this.#turns.enter(namespace);
    // What nobody yielded to the others it may be given.
    if (lane.shape.blocked && priority > lane.shape.failedAt) this.#unblock(lane.shape);
    else if (!lane.shape.blocked && this.#firstOf(lane) === entry) this.#turns.offer(namespace, lane, entry);
  }

  #laneOf({ shape: key, namespace }: Demand): Lane {
    let shape = this.#shapes.get(key);
    if (shape === undefined)
      this.#shapes.set(key, (shape = { key, lanes: new Map<string, Lane>(), blocked: false, failedAt: 0 }));
    let lane = shape.lanes.get(namespace);
    if (lane === undefined)
      shape.lanes.set(namespace, (lane = { shape, namespace, entries: new Heap<Entry>(before), size: 0 }));
    return lane;
  }

  #unseat(group: WaitingGroup): void {
    const seat = this.#seats.get(group);
    if (seat === undefined) return;
    const wasFirst = seat.lane !== undefined && this.#firstOf(seat.lane) === seat.entry;
    this.#seats.delete(group);
    this.#untold.delete(group);
    if (seat.status === 'identity') this.#forgetIdentity(seat.identity, group);
    if (seat.status === 'quota') this.#quotaWaits.delete(seat.namespace, group);
    if (seat.lane !== undefined) this.#leaveLane(seat.lane, wasFirst);
    this.#turns.leave(seat.namespace);
  }

  #forgetIdentity(identity: string, group: WaitingGroup): void {
    const waiting = this.#byIdentity.get(identity);
    if (waiting?.delete(group) === true && waiting.size === 0) this.#byIdentity.delete(identity);
  }

  #leaveLane(lane: Lane, wasFirst: boolean): void {
    const { shape } = lane;
    lane.size -= 1;
    if (lane.size > 0) {
      if (wasFirst && !shape.blocked) this.#offer(lane);
      return;
    }
    shape.lanes.delete(lane.namespace);
    if (shape.lanes.size > 0) return;
    this.#shapes.delete(shape.key);
    if (shape.blocked) this.#blockedShapes -= 1;
  }

  #unblock(shape: Shape): void {
    shape.blocked = false;
    this.#blockedShapes -= 1;
    for (const lane of shape.lanes.values()) this.#offer(lane);
  }

  #offer(lane: Lane): void {
    const first = this.#firstOf(lane);
    if (first !== undefined) this.#turns.offer(lane.namespace, lane, first);
  }

  /** Entries whose group has moved on are dropped on the way. */
  #firstOf(lane: Lane): Entry | undefined {
    for (let entry = lane.entries.peek(); entry !== undefined; entry = lane.entries.peek()) {
      if (this.#seats.get(entry.group)?.entry === entry) return entry;
      lane.entries.pop();
    }
    return undefined;
  }
}

function entryOf(group: WaitingGroup): Entry {
  return { group, priority: group.demand.priority, age: group.pending.first() ?? 0 };
}
