import type { Grant } from './capacity-index.js';
import type { WaitingGroup } from './waiting-group.js';

/** What the index counts for one instance. */
export type Holding =
  | { readonly kind: 'pending'; readonly group: WaitingGroup }
  | { readonly kind: 'booked'; readonly group: WaitingGroup; readonly host: number }
  | {
      readonly kind: 'held';
      readonly group: WaitingGroup;
      readonly host: number;
      readonly grant: Grant;
      /** Whether it is stopping. */
      readonly leaving: boolean;
    };

const PAGE = 1024;
const PENDING = -1;
/** A place on host 0 that is booked; those on others lie below. */
const BOOKED = -2;
/** Neither ports nor GPUs. */
export const NOTHING: Grant = Object.freeze({ hostPorts: [], gpuIds: [] });

interface Page {
  /** Number of the group, plus one; 0 where nothing is counted. */
  readonly groups: Uint32Array;
  /** Handle of the host, PENDING, or BOOKED - handle. */
  readonly hosts: Int32Array;
  /** 1 for those that are stopping. */
  readonly leaving: Uint8Array;
  size: number;
}

/**
 * What has been counted for each instance, by serial, so that it can be taken back exactly. Serials come from one counter:
 * pages of columns take a tenth of the memory of a map of objects.
 */
export class Ledger {
  readonly #pages = new Map<number, Page>();
  #lastNumber = -1;
  #lastPage: Page | undefined;
  readonly #grants = new Map<number, Grant>();
  readonly #groups: (WaitingGroup | undefined)[] = [];
  readonly #numbers = new Map<WaitingGroup, number>();
  readonly #vacant: number[] = [];

  /** What is counted for an instance. */
  get(serial: number): Holding | undefined {
    const page = this.#pageOf(serial);
    const group = this.#groups[(page?.groups[serial % PAGE] ?? 0) - 1];
    if (page === undefined || group === undefined) return undefined;
    const host = page.hosts[serial % PAGE] ?? PENDING;
    if (host === PENDING) return { kind: 'pending', group };
    if (host <= BOOKED) return { kind: 'booked', group, host: BOOKED - host };
    const leaving = page.leaving[serial % PAGE] === 1;
    return { kind: 'held', group, host, grant: this.#grants.get(serial) ?? NOTHING, leaving };
  }

  /** Whether anything is counted for an instance. */
  has(serial: number): boolean {
    return (this.#pageOf(serial)?.groups[serial % PAGE] ?? 0) !== 0;
  }

  /** The host of an instance that holds capacity there and is not stopping. */
  stayingOn(serial: number): number | undefined {
    const page = this.#pageOf(serial);
    if (page === undefined || page.groups[serial % PAGE] === 0 || page.leaving[serial % PAGE] === 1) return undefined;
    const host = page.hosts[serial % PAGE] ?? PENDING;
    return host < 0 ? undefined : host;
  }

  /** Whether an instance that holds capacity was given more of its host than counted resources. */
  hasGrant(serial: number): boolean {
    const demand = this.#groups[(this.#pageOf(serial)?.groups[serial % PAGE] ?? 0) - 1]?.demand;
    return demand !== undefined && (demand.ports.length > 0 || demand.gpus > 0);
  }

  /** What an instance that holds capacity was given. */
  grantOf(serial: number): Grant {
    return (this.#grants.size === 0 ? undefined : this.#grants.get(serial)) ?? NOTHING;
  }

  /** Notes an instance that waits. */
  setPending(serial: number, group: WaitingGroup): void {
    this.#set(serial, group, PENDING);
  }

  /** Notes an instance that waits for a place booked for it. */
  setBooked(serial: number, group: WaitingGroup, host: number): void {
    this.#set(serial, group, BOOKED - host);
  }

  /** Notes whether an instance that holds capacity is stopping. */
  setLeaving(serial: number, leaving: boolean): void {
    this.#page(Math.floor(serial / PAGE)).leaving[serial % PAGE] = leaving ? 1 : 0;
  }

  /** What is counted for the instances of a group that hold capacity; looks at every serial. */
  *heldBy(group: WaitingGroup): Iterable<Holding & { readonly kind: 'held' }> {
    const number = (this.#numbers.get(group) ?? -2) + 1;
    for (const [at, page] of this.#pages)
      for (let slot = page.groups.indexOf(number); slot >= 0; slot = page.groups.indexOf(number, slot + 1)) {
        const holding = this.get(at * PAGE + slot);
        if (holding?.kind === 'held') yield holding;
      }
  }

  /** Notes an instance that holds capacity of a host. */
  setHeld(serial: number, group: WaitingGroup, host: number, grant: Grant): void {
    this.#set(serial, group, host);
    if (grant.hostPorts.length > 0 || grant.gpuIds.length > 0) this.#grants.set(serial, grant);
  }

  /** Forgets an instance. */
  delete(serial: number): void {
    const number = Math.floor(serial / PAGE);
    const page = this.#pages.get(number);
    if (page === undefined || page.groups[serial % PAGE] === 0) return;
    page.groups[serial % PAGE] = 0;
    page.size -= 1;
    if (page.size === 0) {
      this.#pages.delete(number);
      this.#lastNumber = -1;
    }
    this.#grants.delete(serial);
  }

  /** Lets go of a group of which no instance is noted. */
  forgetGroup(group: WaitingGroup): void {
    const number = this.#numbers.get(group);
    if (number === undefined) return;
    this.#numbers.delete(group);
    this.#groups[number] = undefined;
    this.#vacant.push(number);
  }

  #set(serial: number, group: WaitingGroup, host: number): void {
    const page = this.#page(Math.floor(serial / PAGE));
    if (page.groups[serial % PAGE] === 0) page.size += 1;
    else if ((page.hosts[serial % PAGE] ?? PENDING) >= 0) this.#grants.delete(serial);
    page.groups[serial % PAGE] = this.#numberOf(group) + 1;
    page.hosts[serial % PAGE] = host;
    page.leaving[serial % PAGE] = 0;
  }

  /** Mostly the one of the call before: what is asked for together was drawn together. */
  #pageOf(serial: number): Page | undefined {
    const number = Math.floor(serial / PAGE);
    if (number === this.#lastNumber) return this.#lastPage;
    const page = this.#pages.get(number);
    if (page !== undefined) [this.#lastNumber, this.#lastPage] = [number, page];
    return page;
  }

  #page(number: number): Page {
    const known = this.#pageOf(number * PAGE);
    if (known !== undefined) return known;
    const page = { groups: new Uint32Array(PAGE), hosts: new Int32Array(PAGE), leaving: new Uint8Array(PAGE), size: 0 };
    this.#pages.set(number, page);
    return page;
  }

  #numberOf(group: WaitingGroup): number {
    const known = this.#numbers.get(group);
    if (known !== undefined) return known;
    const number = this.#vacant.pop() ?? this.#groups.length;
    this.#groups[number] = group;
    this.#numbers.set(group, number);
    return number;
  }
}
