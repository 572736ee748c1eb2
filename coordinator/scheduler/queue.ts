import type { Demand } from './demand.js';
import { Heap } from './heap.js';
import type { GroupStatus, WaitingGroup } from './waiting-group.js';

interface Entry {
  readonly group: WaitingGroup;
  readonly priority: number;
  /** Serial of the oldest instance that waits. */
  readonly age: number;
}

/** The groups that every host takes or refuses alike, so that the failure of one is the failure of all. */
interface ShapeQueue {
  readonly shape: string;
  readonly entries: Heap<Entry>;
  size: number;
  blocked: boolean;
}

interface Turn {
  readonly shape: ShapeQueue;
  readonly entry: Entry;
}

/** Where a group stands; its entries elsewhere are out of date. */
interface Seat {
  readonly status: Exclude<GroupStatus, 'idle' | 'ready'> | 'shaped';
  readonly shape: ShapeQueue | undefined;
  readonly entry: Entry | undefined;
  readonly identity: string;
}

const before = (a: Entry, b: Entry): boolean => a.priority > b.priority || (a.priority === b.priority && a.age < b.age);

/**
 * Whose turn it is: priority first, then age. A shape that fits nowhere is blocked with all its groups until a host that
 * could take it changes; nobody else is woken by that change.
 */
export class PlacementQueue {
  readonly #shapes = new Map<string, ShapeQueue>();
  readonly #seats = new Map<WaitingGroup, Seat>();
  readonly #turns = new Heap<Turn>((a, b) => before(a.entry, b.entry));
  readonly #byIdentity = new Map<string, Set<WaitingGroup>>();
  readonly #untold = new Set<WaitingGroup>();
  #blockedShapes = 0;

  /** Groups with instances that wait, their turn come or not. */
  get size(): number {
    return this.#seats.size;
  }

  /** Whether any group's turn has come. */
  get hasReady(): boolean {
    return this.next() !== undefined;
  }

  /** Whether any shape is blocked. */
  get hasBlocked(): boolean {
    return this.#blockedShapes > 0;
  }

  /** Whether any group is blocked or waits for an identity. */
  get hasWaiting(): boolean {
    return this.#blockedShapes > 0 || this.#byIdentity.size > 0;
  }

  /** Where a group is. */
  statusOf(group: WaitingGroup): GroupStatus {
    const seat = this.#seats.get(group);
    if (seat === undefined) return 'idle';
    if (seat.status === 'shaped') return seat.shape?.blocked === true ? 'blocked' : 'ready';
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
    const waitsForIdentity = seat?.status === 'identity' && seat.identity === group.demand.identity;
    if (!waitsForIdentity && !this.#isSeated(seat, group, age)) {
      this.#unseat(group);
      this.#seat(group, age);
    }
    if (this.statusOf(group) !== 'ready') this.#untold.add(group);
  }

  /** The group whose turn it is. */
  next(): WaitingGroup | undefined {
    for (let turn = this.#turns.peek(); turn !== undefined; turn = this.#turns.peek()) {
      const first = this.#firstOf(turn.shape);
      if (!turn.shape.blocked && first === turn.entry) return first.group;
      this.#turns.pop();
    }
    return undefined;
  }

  /** Groups of which some instances may not have been told yet why they wait; the reader removes what it has told. */
  get untold(): Set<WaitingGroup> {
    return this.#untold;
  }

  /** Blocks a group, and all of its shape, until `wake`. */
  block(group: WaitingGroup): void {
    const shape = this.#seats.get(group)?.shape;
    if (shape === undefined || shape.blocked) return;
    shape.blocked = true;
    this.#blockedShapes += 1;
    for (const entry of shape.entries.items())
      if (this.#seats.get(entry.group)?.entry === entry) this.#untold.add(entry.group);
  }

  /** Blocks a group alone until `identityFreed`. */
  awaitIdentity(group: WaitingGroup): void {
    const { identity } = group.demand;
    this.#unseat(group);
    this.#seats.set(group, { status: 'identity', shape: undefined, entry: undefined, identity });
    const waiting = this.#byIdentity.get(identity) ?? new Set<WaitingGroup>();
    this.#byIdentity.set(identity, waiting.add(group));
    this.#untold.add(group);
  }

  /** Gives those that wait for an identity their turn. */
  identityFreed(identity: string): void {
    for (const group of [...(this.#byIdentity.get(identity) ?? [])]) {
      this.#unseat(group);
      this.refresh(group);
    }
  }

  /** Gives those blocked shapes their turn that a changed host could take; one step a shape, so that the caller may pause. */
  *wake(couldHelp: (demand: Demand) => boolean): Generator<undefined, void> {
    for (const shape of this.#shapes.values()) {
      const first = shape.blocked ? this.#firstOf(shape) : undefined;
      if (first === undefined) continue;
      if (couldHelp(first.group.demand)) {
        shape.blocked = false;
        this.#blockedShapes -= 1;
        this.#turns.push({ shape, entry: first });
      }
      yield;
    }
  }

  /** The groups that are blocked or wait for an identity. */
  *waiting(): Iterable<WaitingGroup> {
    for (const group of this.#seats.keys()) if (this.statusOf(group) !== 'ready') yield group;
  }

  #isSeated(seat: Seat | undefined, group: WaitingGroup, age: number): boolean {
    const { demand } = group;
    return seat?.shape?.shape === demand.shape && seat.entry?.priority === demand.priority && seat.entry.age === age;
  }

  #seat(group: WaitingGroup, age: number): void {
    const key = group.demand.shape;
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { shape: key, entries: new Heap<Entry>(before), size: 0, blocked: false };
      this.#shapes.set(key, shape);
    }
    const entry = { group, priority: group.demand.priority, age };
    shape.entries.push(entry);
    shape.size += 1;
    this.#seats.set(group, { status: 'shaped', shape, entry, identity: '' });
    if (!shape.blocked && this.#firstOf(shape) === entry) this.#turns.push({ shape, entry });
  }

  #unseat(group: WaitingGroup): void {
    const seat = this.#seats.get(group);
    if (seat === undefined) return;
    const wasFirst = seat.shape !== undefined && this.#firstOf(seat.shape) === seat.entry;
    this.#seats.delete(group);
    this.#untold.delete(group);
    if (seat.status === 'identity') {
      const waiting = this.#byIdentity.get(seat.identity);
      if (waiting?.delete(group) === true && waiting.size === 0) this.#byIdentity.delete(seat.identity);
    }
    if (seat.shape !== undefined) this.#leaveShape(seat.shape, wasFirst);
  }

  #leaveShape(shape: ShapeQueue, wasFirst: boolean): void {
    shape.size -= 1;
    if (shape.size === 0) {
      this.#shapes.delete(shape.shape);
      if (shape.blocked) this.#blockedShapes -= 1;
      return;
    }
    const first = wasFirst && !shape.blocked ? this.#firstOf(shape) : undefined;
    if (first !== undefined) this.#turns.push({ shape, entry: first });
  }

  /** Entries whose group has moved on are dropped on the way. */
  #firstOf(shape: ShapeQueue): Entry | undefined {
    for (let entry = shape.entries.peek(); entry !== undefined; entry = shape.entries.peek()) {
      if (this.#seats.get(entry.group)?.entry === entry) return entry;
      shape.entries.pop();
    }
    return undefined;
  }
}
