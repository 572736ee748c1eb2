import type { Clock } from '../../common/model/clock.js';
import { TurnBudget } from '../../common/model/turn-budget.js';
import type { TurnShare } from '../../common/model/turn-budget.js';
import type { Why } from '../../common/model/event.js';
import type { FleetPort, InstancePlacement } from '../fleet/port.js';
import { fairStep, quotaRoom } from './allowance.js';
import { explainRun } from './explain.js';
import { mirrorOf } from './open-mirror.js';
import { place } from './placement.js';
import type { NamespaceAmounts } from '../../common/model/namespace.js';
import { planMiners } from './plan.js';
import { Preemption } from './preemption/preemption.js';
import type { Redeemed } from './preemption/redeem.js';
import type { PlacementPlan, PlannedMiner } from './plan.js';
import type { Random } from './sampler.js';
import { Reservations } from './reservations.js';
import { shares } from './strategy.js';
import type { Run } from './strategy.js';
import type { Turn } from './turns.js';
import { PlacementHints } from './hints.js';
import { Sketch } from './sketch.js';
import { WaitReports } from './wait-reports.js';
import { WakeUps } from './wake-ups.js';
import type { WaitingGroup } from './waiting-group.js';

/** What the scheduler is handed. */
export interface SchedulerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
  /** Time of work between two yields; default 5 ms. */
  readonly share?: TurnShare;
}

/** Places given, reserved in the index but not yet in the records. */
interface Decisions {
  readonly placements: InstancePlacement[];
  /** Instances in all. */
  count: number;
}

/**
 * Bounds of the instances decided in one slice; within them the number follows how long slices take. The least takes a
 * fraction of a millisecond: on a machine that others use, too, slices take long whatever is decided in them.
 */
const BATCH = { least: 256, first: 256, most: 16_384 } as const;

/**
 * Gives every pending instance a host, or a why. Invariants: the index and the queue always agree with the fleet's
 * records; nothing is reserved that is not assigned by the end of the same slice; no identity is live twice; who is
 * blocked sleeps until a host that could take it changes.
 */
export class Scheduler {
  /** Where movers of instances want the next ones. */
  readonly hints = new PlacementHints();
  readonly reservations: Reservations;
  readonly #fleet: FleetPort;
  readonly #options: SchedulerOptions;
  readonly #share: TurnShare;
  readonly #budget: TurnBudget;
  readonly #mirror;
  readonly #preemption: Preemption;
  readonly #reports: WaitReports;
  readonly #wakeUps: WakeUps;
  readonly #unfollow: () => void;
  #wakeUp: (() => void) | undefined;
  #batchSize: number = BATCH.first;
  #cancelSweep: (() => void) | undefined;
  #sweptVersion = -1;

  /** Follows the fleet from now on; decides once started. `opened` is of the same fleet, which without it is counted at once. */
  constructor(fleet: FleetPort, options: SchedulerOptions, opened = { take: () => mirrorOf(fleet) }) {
    this.#fleet = fleet;
    this.#options = options;
    this.#share = options.share ?? { leastMs: 5, mostMs: 5, share: 0 };
    this.#budget = new TurnBudget(options.clock, this.#share);
    this.#mirror = opened.take();
    this.reservations = new Reservations(this.#mirror.index, (host) => {
      this.#mirror.grow(host);
      this.#wakeUp?.();
    });
    this.#preemption = new Preemption(fleet, this.#mirror, options.clock, () => this.#wakeUp?.());
    const commit = (redeemed: readonly Redeemed[]): void => {
      this.#commit(redeemed.map((one) => this.#placementOf(one)));
    };
    this.#wakeUps = new WakeUps({ mirror: this.#mirror, preemption: this.#preemption, clock: options.clock, commit });
    const reasons = { refusals: this.#preemption, reservations: this.reservations };
    this.#reports = new WaitReports(fleet, this.#mirror, options.clock, reasons);
    this.#unfollow = fleet.onApplied((commit) => {
      this.#mirror.apply(commit);
      this.reservations.settle();
      this.#preemption.apply(commit);
      this.#rouse();
    });
  }

  /** Whether nothing is left to decide: every pending instance has its turn behind it and its why told. */
  get settled(): boolean {
    const { queue, grown } = this.#mirror;
    if (this.#wakeUps.isUnderWay || (grown.size > 0 && queue.hasBlocked)) return false;
    if (queue.quotaWaits.eased.size > 0 || this.#preemption.isPending) return false;
    return !queue.hasReady && queue.untold.size === 0;
  }

  /** Decides until the signal, then stops following the fleet. Rejects with what a transaction threw. */
  async start(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wakeUp?.();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        this.#slice();
        await (this.settled ? this.#sleep(signal) : this.#options.yieldTurn());
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#unfollow();
      this.#cancelSweep?.();
      this.#preemption.close();
    }
  }

  /** Whether somebody can be given a place right away. */
  get isPlacing(): boolean {
    return this.#mirror.queue.hasReady;
  }

  /** Why instances of a miner wait, exact as of now; undefined when none does. */
  why(miner: string): Why | undefined {
    const groups = [...this.#mirror.groupsOf(miner)];
    const whys = [
      ...groups.map((group) => this.#preemption.whyOf(group)),
      ...groups.map((group) => this.#reports.whyOf(group)),
    ];
    return whys.find((why) => why !== undefined && why.reason !== 'queued') ?? whys.find((why) => why !== undefined);
  }

  /** Where instances of the given miners would go if applied now, with those that wait already; changes nothing. */
  async plan(miners: readonly PlannedMiner[]): Promise<PlacementPlan[]> {
    const { clock, random, yieldTurn } = this.#options;
    let until = clock.monotonicMs() + this.#share.leastMs;
    const pause = async (): Promise<void> => {
      if (clock.monotonicMs() < until) return;
      await yieldTurn();
      until = clock.monotonicMs() + this.#share.leastMs;
    };
    const wasStruck = (miner: string): boolean => this.#preemption.wasStruck(miner);
    const parts = { fleet: this.#fleet, mirror: this.#mirror, random, atMs: clock.nowMs(), wasStruck, pause };
    return planMiners(parts, miners);
  }

  /** What is placed where, as a copy to try moves on or, with `live`, as it is. */
  sketch(live?: 'live'): Sketch {
    return new Sketch(this.#mirror, live);
  }

  /** What the instances of a namespace hold, and how many wait for its quota. */
  useOf(namespace: string): { readonly used: NamespaceAmounts; readonly waiting: number } {
    const { quotas, queue } = this.#mirror;
    const waiting = queue.quotaWaits.of(namespace).reduce((sum, { pending }) => sum + pending.size, 0);
    return { used: quotas.of(namespace).used, waiting };
  }

  #slice(): void {
    this.#budget.begin();
    const isLate = (): boolean => this.#budget.isSpent;
    this.#preemption.ring();
    // While blocked groups are being woken, nobody of lower priority may take what they could have.
    if (!this.#wakeUps.run(isLate)) return;
    for (let isMore = true; isMore && !isLate();) isMore = this.#step(isLate);
    if (!isLate()) this.#reports.write(isLate);
  }

  /** Decides some and has them assigned; false when there was nobody to decide of. */
  #step(isLate: () => boolean): boolean {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const decisions = this.#decide(isLate);
    this.#commit(decisions.placements);
    this.#adapt(decisions.count, clock.monotonicMs() - startMs);
    return decisions.count > 0;
  }

  #decide(isLate: () => boolean): Decisions {
    const decisions: Decisions = { placements: [], count: 0 };
    const claimed = new Set<string>();
    while (decisions.count < this.#batchSize) {
      const turn = this.#mirror.queue.next(this.#options.clock.monotonicMs());
      if (turn === undefined) break;
      this.reservations.keepFrom(turn.group.demand, () => this.#decideGroup(turn, decisions, claimed, isLate));
      if (isLate()) break;
    }
    return decisions;
  }

  #decideGroup({ group, rival }: Turn, decisions: Decisions, claimed: Set<string>, isLate: () => boolean): void {
    const { index, queue } = this.#mirror;
    const { demand } = group;
    const nowMs = this.#options.clock.monotonicMs();
    const most = Math.min(group.pending.size, this.#batchSize - decisions.count);
    let count = quotaRoom(queue, group, most, nowMs);
    if (count === 0) {
      queue.awaitQuota(group, nowMs);
      return;
    }
    if (rival !== undefined) count = Math.min(count, fairStep(group, rival, index.totals));
    if (demand.identity !== '') {
      if (claimed.has(demand.identity) || this.#isTaken(demand.identity)) {
        queue.awaitIdentity(group);
        return;
      }
      count = 1;
    }
    group.hasUntold = true;
    const wanted = this.hints.place(index, demand, count);
    const { runs, unplaced } = place(index, { demand, count: count - wanted.length }, this.#options.random);
    for (const run of [...wanted, ...runs]) this.#decideRun(group, run, decisions);
    if (demand.identity !== '' && unplaced === 0) claimed.add(demand.identity);
    if (unplaced < count) queue.served(group, nowMs);
    const made = unplaced === 0 ? 'all' : this.#preemption.makeRoom(group, unplaced, isLate);
    queue.refresh(group);
    if (made === 'exhausted') queue.block(group);
  }

  #isTaken(identity: string): boolean {
    return this.#mirror.bookings.hasIdentity(identity) || this.#fleet.holderOf(identity) !== undefined;
  }

  #decideRun(group: WaitingGroup, run: Run, decisions: Decisions): void {
    const { demand } = group;
    const { id: hostId, attributes } = this.#mirror.index.entry(run.host);
    const serials = group.pending.take(run.count);
    const hostPorts = shares(run.hostPorts, demand.ports.length, serials);
    const gpuIds = shares(run.gpuIds, demand.gpus, serials);
    this.#mirror.foresee(group, run.host, { serials, hostPorts, gpuIds });
    decisions.placements.push({
      hostId,
      serials,
      hostPorts,
      gpuIds,
      reason: 'placed',
      text: explainRun(demand, run, attributes.plotFolders),
    });
    decisions.count += serials.length;
  }

  #placementOf({ serial, host, hostPorts, gpuIds, text }: Redeemed): InstancePlacement {
    const hostId = this.#mirror.index.entry(host).id;
    return { hostId, serials: [serial], hostPorts: [hostPorts], gpuIds: [gpuIds], reason: 'placed', text };
  }

  #commit(placements: readonly InstancePlacement[]): void {
    if (placements.length === 0) return;
    try {
      this.#fleet.transact((tx) => {
        for (const placement of placements) tx.assignInstances(placement);
      });
    } catch (cause) {
      for (const { serials } of placements)
        for (const serial of serials) this.#mirror.sync(serial, this.#fleet.instance(serial));
      throw cause;
    }
  }

  #adapt(decided: number, tookMs: number): void {
    if (tookMs > this.#share.leastMs) this.#batchSize = Math.max(BATCH.least, this.#batchSize >> 1);
    else if (decided === this.#batchSize && tookMs * 2 < this.#share.leastMs)
      this.#batchSize = Math.min(BATCH.most, this.#batchSize * 2);
  }

  #rouse(): void {
    if (this.#wakeUp === undefined) return;
    if (this.settled) this.#armSweep();
    else this.#wakeUp();
  }

  #sleep(signal: AbortSignal): Promise<void> {
    this.#armSweep();
    return new Promise((resolve) => {
      this.#wakeUp = () => {
        this.#wakeUp = undefined;
        resolve();
      };
      if (signal.aborted) this.#wakeUp();
    });
  }

  /** What waits is explained anew once the index has changed, even when nobody was woken by that. */
  #armSweep(): void {
    const { index, queue } = this.#mirror;
    const isStale = this.#sweptVersion !== index.version || this.#reports.hasDeferred;
    if (this.#cancelSweep !== undefined || !isStale || !queue.hasWaiting) return;
    this.#cancelSweep = this.#options.clock.setTimer(() => {
      this.#cancelSweep = undefined;
      this.#sweptVersion = index.version;
      this.#reports.retell();
      this.#wakeUp?.();
    }, this.#reports.refreshMs);
  }
}
