import type { CapacityIndex } from '../capacity-index.js';
import type { Demand } from '../demand.js';
import type { WaitingGroup } from '../waiting-group.js';
import type { Tenancy } from './tenancy.js';

/** A place that is kept for a waiting instance until others have ended there. */
export interface Booking {
  readonly serial: number;
  readonly group: WaitingGroup;
  readonly host: number;
  /** As it was when the place was booked: what is given back must be what was taken. */
  readonly demand: Demand;
  /** Instances it waits for, stopped for it or stopping anyway. */
  readonly awaits: readonly number[];
  /** When the last of them should have ended, with its grace; unix milliseconds. */
  readonly untilMs: number;
  readonly sinceMs: number;
}

/** Who has booked which place. What is booked counts as taken in the index, so that nobody else is placed there. */
export class Bookings {
  readonly #index: CapacityIndex;
  readonly #tenancy: Tenancy;
  readonly #bySerial = new Map<number, Booking>();
  readonly #byHost = new Map<number, Set<Booking>>();
  readonly #byGroup = new Map<WaitingGroup, Set<Booking>>();
  readonly #identities = new Set<string>();

  constructor(index: CapacityIndex, tenancy: Tenancy) {
    this.#index = index;
    this.#tenancy = tenancy;
  }

  get size(): number {
    return this.#bySerial.size;
  }

  get(serial: number): Booking | undefined {
    return this.#bySerial.get(serial);
  }

  all(): Iterable<Booking> {
    return this.#bySerial.values();
  }

  on(host: number): ReadonlySet<Booking> {
    return this.#byHost.get(host) ?? NONE;
  }

  of(group: WaitingGroup): ReadonlySet<Booking> {
    return this.#byGroup.get(group) ?? NONE;
  }

  /** Whether a place is booked for an instance that will hold the identity. */
  hasIdentity(identity: string): boolean {
    return this.#identities.has(identity);
  }

  /** Books a place for an instance that has none. */
  add(booking: Booking): void {
    const { serial, host, group, demand } = booking;
    this.#index.book(host, demand);
    this.#tenancy.add('booked', demand, host);
    this.#bySerial.set(serial, booking);
    addTo(this.#byHost, host, booking);
    addTo(this.#byGroup, group, booking);
    if (demand.identity !== '') this.#identities.add(demand.identity);
  }

  /** Gives a booked place back; undefined when there is none. */
  take(serial: number): Booking | undefined {
    const booking = this.#bySerial.get(serial);
    if (booking === undefined) return undefined;
    const { host, group, demand } = booking;
    this.#index.unbook(host, demand);
    this.#tenancy.add('booked', demand, host, -1);
    this.#bySerial.delete(serial);
    removeFrom(this.#byHost, host, booking);
    removeFrom(this.#byGroup, group, booking);
    this.#identities.delete(demand.identity);
    return booking;
  }
}

const NONE: ReadonlySet<Booking> = new Set();

function addTo<K>(sets: Map<K, Set<Booking>>, key: K, booking: Booking): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([booking]));
  else set.add(booking);
}

function removeFrom<K>(sets: Map<K, Set<Booking>>, key: K, booking: Booking): void {
  const set = sets.get(key);
  if (set?.delete(booking) === true && set.size === 0) sets.delete(key);
}
