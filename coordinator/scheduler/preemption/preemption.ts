import type { Clock } from '../../../common/model/clock.js';
import type { Why } from '../../../common/model/event.js';
import type { FleetPort, Transaction } from '../../fleet/port.js';
import { instancesIn } from '../../instances/instance-rows.js';
import type { StoreCommit } from '../../store/store.js';
import type { Demand } from '../demand.js';
import type { Explanation } from '../explain.js';
import type { FleetMirror } from '../fleet-mirror.js';
import type { WaitingGroup } from '../waiting-group.js';
import type { Booking } from './bookings.js';
import { anyClearing, mayPreempt } from './clearings.js';
import { EvictionLimits } from './eviction-limits.js';
import { redeemOn } from './redeem.js';
import type { RedeemParts, Redeemed } from './redeem.js';
import { RoomSearch } from './room-search.js';
import { giveBackFor } from './sooner.js';
import { OVERDUE_MS, Tenants } from './tenants.js';
import type { Clearing, Tenant } from './victims.js';
import { bookedText, explainBookings, explainLimit, preemptingText, victimText } from './words.js';

/** What came of making room: for all, for some because time ran out, or for some because there is no more to be had. */
export type RoomMade = 'all' | 'unfinished' | 'exhausted';

/** Once a transaction changes this many instances, the next ones are another's: what follows each change takes time too. */
const MOST_WRITES = 200;

interface Made {
  readonly booking: Booking;
  readonly victims: readonly Tenant[];
}

interface Refusal {
  readonly miner: string;
  /** Monotonic milliseconds. */
  readonly retryAtMs: number;
}

/**
 * Makes room for those that fit nowhere by stopping instances of a priority at least 100 lower. Invariants: nothing is
 * stopped unless, once it has ended, the other can start there; the place is booked in the same turn, so that nobody else
 * can take it; evictions go down in priority only and are bounded by the minute; all that is kept here can be found again
 * from the records, since who is stopping counts as room to come.
 */
export class Preemption {
  readonly #fleet: FleetPort;
  readonly #mirror: FleetMirror;
  readonly #clock: Clock;
  readonly #limits = new EvictionLimits();
  readonly #search: RoomSearch;
  readonly #onDue: () => void;
  /** Who was refused more evictions, by shape. */
  readonly #refused = new Map<string, Refusal>();
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #isDue = false;

  /** Calls `onDue` when it is time to `ring`, which no change of the fleet tells. */
  constructor(fleet: FleetPort, mirror: FleetMirror, clock: Clock, onDue: () => void) {
    this.#fleet = fleet;
    this.#mirror = mirror;
    this.#clock = clock;
    this.#onDue = onDue;
    const { index, tenancy } = mirror;
    this.#search = new RoomSearch({ index, tenancy, view: () => this.#view() });
    for (const { miner, atMs } of mirror.takeEvictions()) this.#recall(miner, atMs);
  }

  /** Whether any place is booked. */
  get hasBookings(): boolean {
    return this.#mirror.bookings.size > 0;
  }

  /** Whether bookings have to be looked at: some are overdue, or hosts have grown. */
  get isPending(): boolean {
    return this.#isDue || (this.hasBookings && this.#mirror.grown.size > 0);
  }

  /** Follows a transaction that the mirror has applied. */
  apply({ changes }: StoreCommit): void {
    if (!this.#limits.isProving) return;
    for (const change of changes)
      for (const { serial, miner, state } of instancesIn(change))
        if (state === 'failed' || state === 'stopped' || state === 'lost')
          this.#limits.ended(serial, miner, state === 'failed', this.#clock.monotonicMs());
  }

  /** Ends the timer. */
  close(): void {
    this.#timer?.cancel();
  }

  /** Makes room for up to `count` instances of a group, in one transaction; those it made room for have left its list. */
  makeRoom(group: WaitingGroup, count: number, isLate: () => boolean): RoomMade {
    const { demand } = group;
    this.#refused.delete(demand.shape);
    if (!mayPreempt(this.#mirror.tenancy, demand)) return 'exhausted';
    this.#search.begin(demand, this.#clock.monotonicMs());
    const made: Made[] = [];
    const outcome = this.#choose(group, count, { made, isLate });
    this.#commit(demand, made);
    if (outcome === 'exhausted') this.#search.end();
    else this.#search.pause();
    return outcome;
  }

  /** Whether any of some hosts, whatever they have free, could make room for one of a demand now. */
  couldHelp(demand: Demand, hosts: readonly number[]): boolean {
    if (this.#refused.has(demand.shape) || !mayPreempt(this.#mirror.tenancy, demand)) return false;
    return anyClearing(this.#view(), demand, hosts);
  }

  /** Whether a miner has lost an instance to a preemption a short while ago. */
  wasStruck(miner: string): boolean {
    return this.#limits.wasStruck(miner, this.#clock.monotonicMs());
  }

  /** Gives those their booked places on grown hosts that are clear by now, and takes back what nobody can have any more. */
  settle(hosts: readonly number[]): Redeemed[] {
    const { bookings } = this.#mirror;
    const redeemed = hosts.flatMap((host) => (bookings.on(host).size > 0 ? redeemOn(this.#parts, host) : []));
    for (const { serial, awaited } of redeemed) if (awaited > 0) this.#limits.placed(serial, this.#clock.monotonicMs());
    return redeemed;
  }

  /** Gives those back to the queue whom grown hosts could take sooner; one step a shape, so that the caller may pause. */
  giveBack(hosts: readonly number[]): Generator<undefined, void> {
    return giveBackFor(this.#parts, hosts);
  }

  /** Gives up what was waited for too long, and lets those try again whose minute is over. */
  ring(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    const [nowMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    let next = Number.POSITIVE_INFINITY;
    for (const booking of [...this.#mirror.bookings.all()]) {
      const leftMs = booking.untilMs + OVERDUE_MS - nowMs;
      if (leftMs > 0) next = Math.min(next, leftMs);
      else this.#mirror.cancel(booking);
    }
    for (const [shape, { retryAtMs }] of this.#refused)
      if (retryAtMs > monotonicMs) next = Math.min(next, retryAtMs - monotonicMs);
      else if (this.#refused.delete(shape)) this.#mirror.queue.wakeShape(shape);
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }

  /** Why instances of a miner wait that have places booked; undefined when none has. */
  whyOf(group: WaitingGroup): Why | undefined {
    const { bookings, index } = this.#mirror;
    const own = bookings.of(group);
    if (own.size === 0) return undefined;
    const explanation = explainBookings(own, (host) => index.entry(host).attributes.name);
    return { ...explanation, atMs: Math.min(...[...own].map(({ sinceMs }) => sinceMs)) };
  }

  /** Why a blocked group waits although others could make room; undefined when that is not why. */
  explainRefusal({ miner, demand }: WaitingGroup): Explanation | undefined {
    const refusal = this.#refused.get(demand.shape);
    if (refusal?.miner !== miner) return undefined;
    const nowMs = this.#clock.monotonicMs();
    const retryAtMs = this.#clock.nowMs() + Math.max(0, refusal.retryAtMs - nowMs);
    return explainLimit(retryAtMs, this.#limits.isBarred(miner, nowMs));
  }

  get #parts(): RedeemParts {
    return { fleet: this.#fleet, mirror: this.#mirror };
  }

  #view(): Tenants {
    const { index, tenancy } = this.#mirror;
    const wasStruck = (miner: string): boolean => this.wasStruck(miner);
    const nowMs = this.#clock.nowMs();
    return new Tenants({ fleet: this.#fleet, mirror: this.#mirror, index, tenancy, wasStruck, nowMs });
  }

  #isAllowed({ miner, shape }: Demand, { victims }: Clearing): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (this.#limits.allows(miner, victims.length, this.#mirror.tenancy.evictable, nowMs)) return true;
    const retryAtMs = this.#limits.retryAtMs(miner, nowMs);
    this.#refused.set(shape, { miner, retryAtMs });
    this.#arm(retryAtMs - nowMs);
    return false;
  }

  #choose(group: WaitingGroup, count: number, { made, isLate }: { made: Made[]; isLate: () => boolean }): RoomMade {
    const view = this.#view();
    for (let writes = 0; made.length < count;) {
      if (writes >= MOST_WRITES || (made.length > 0 && isLate())) return 'unfinished';
      const clearing = this.#search.best(isLate);
      if (clearing === 'late') return 'unfinished';
      if (clearing === undefined || !this.#isAllowed(group.demand, clearing)) return 'exhausted';
      made.push(this.#take(group, clearing, view));
      writes += 1 + clearing.victims.length;
      this.#search.taken();
    }
    return 'all';
  }

  #take(group: WaitingGroup, { host, victims, displaced, awaited }: Clearing, view: Tenants): Made {
    for (const { serial } of displaced) {
      const booking = this.#mirror.bookings.get(serial);
      if (booking !== undefined) this.#mirror.cancel(booking);
    }
    for (const { serial } of victims) this.#mirror.foreseeStop(serial);
    const sinceMs = this.#clock.nowMs();
    const gone = [...victims, ...awaited];
    const untilMs = Math.max(sinceMs, ...gone.map((tenant) => view.graceEndsAtMs(tenant)));
    const [serial = 0] = group.pending.take(1);
    const awaits = gone.map((tenant) => tenant.serial);
    const booking = { serial, group, host, demand: group.demand, awaits, untilMs, sinceMs };
    this.#mirror.book(booking);
    if (gone.length === 0) this.#mirror.grow(host);
    const struck = victims.map(({ demand }) => demand.miner);
    this.#limits.note(group.miner, struck, this.#clock.monotonicMs());
    this.#arm(untilMs + OVERDUE_MS - sinceMs);
    return { booking, victims };
  }

  #commit(demand: Demand, made: readonly Made[]): void {
    if (made.length === 0) return;
    try {
      this.#fleet.transact((tx) => this.#write(tx, demand, made));
    } catch (cause) {
      for (const { booking, victims } of made) {
        for (const { serial } of victims) this.#mirror.sync(serial, this.#fleet.instance(serial));
        this.#mirror.cancel(booking);
      }
      throw cause;
    }
  }

  #write(tx: Transaction, { miner, priority }: Demand, made: readonly Made[]): void {
    for (const { booking, victims } of made) {
      const text = victimText(miner, booking.serial, priority);
      for (const { serial } of victims) tx.updateInstance(serial, { state: 'stopping', reason: 'preempted', text });
      const { name } = this.#mirror.index.entry(booking.host).attributes;
      tx.updateInstance(booking.serial, { reason: 'waiting_for_preemption', text: bookedText(booking, name) });
    }
    const victims = made.flatMap((one) => one.victims);
    if (victims.length > 0)
      tx.event({
        subject: 'miner',
        id: miner,
        miner,
        reason: 'preempting',
        text: preemptingText(made.length, victims),
      });
  }

  #arm(delayMs: number): void {
    const atMs = this.#clock.monotonicMs() + Math.max(1, delayMs);
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#isDue = true;
        this.#onDue();
      },
      Math.max(1, delayMs),
    );
    this.#timer = { atMs, cancel };
  }

  /** What the records tell of evictions before this coordinator began. */
  #recall(miner: string, atMs: number): void {
    const agoMs = Math.max(0, this.#clock.nowMs() - atMs);
    this.#limits.note('', [miner], this.#clock.monotonicMs() - agoMs);
  }
}
