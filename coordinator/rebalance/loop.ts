import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Why } from '../../common/model/event.js';
import { holdsCapacity } from '../../common/model/instance.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import type { PlacementHints, Sketch } from '../scheduler/index.js';
import { checkMove, unsettledBy } from './check.js';
import { advance, isUnderWay } from './job.js';
import type { JobMove, JobView, RebalanceBudget, RebalanceJob } from './job.js';
import type { Balance, RebalancePlan, RebalanceScope } from './move.js';
import { landedOn } from './landing.js';
import { Planner } from './planner.js';

/** What the loop needs. */
export interface RebalanceParts {
  readonly fleet: FleetPort;
  readonly scheduler: {
    readonly hints: PlacementHints;
    sketch(live?: 'live'): Sketch;
    why(miner: string): Why | undefined;
  };
  /** Has the rollout plan a miner again, as `moving` answers differently. */
  readonly lookAgain: (miner: string) => void;
  /** What is wrong with the fleet as a whole. */
  readonly alarms: () => readonly { readonly text: string }[];
  readonly clock: Clock;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** What is to be told of a job beside itself. */
export interface JobStanding {
  readonly job: RebalanceJob;
  readonly waitingFor: string;
}

const SETTING = 'rebalance';
const PERIOD_MS = 500;
const SLICE_MS = 5;
/** Plans nothing, so that it only measures. */
const MEASURE = { maxMoves: 0, includeIdentities: false };

/**
 * Carries out rebalances: one at a time, move by move within its budget. The job lives with the fleet's records and goes on
 * after a restart. Every move is looked at again before it is made; the making is the rollout's, which asks `moving`.
 */
export class RebalanceLoop {
  readonly #parts: RebalanceParts;
  readonly #hinted = new Map<number, JobMove>();
  #job: RebalanceJob | undefined;
  #waitingFor = '';
  #poke: () => void = () => undefined;

  constructor(parts: RebalanceParts) {
    this.#parts = parts;
    // Written by this class alone.
    this.#job = parts.fleet.setting(SETTING) as RebalanceJob | undefined;
    this.#follow();
  }

  /** The job under way, or the last one. */
  get standing(): JobStanding | undefined {
    return this.#job && { job: this.#job, waitingFor: this.#waitingFor };
  }

  /** Why nothing is moved now; '' when the fleet is settled. */
  get unsettled(): string {
    const { fleet, alarms, clock } = this.#parts;
    const [alarm] = alarms();
    if (alarm !== undefined) return alarm.text;
    const holds = (id: string): boolean => {
      for (const { state } of fleet.instancesOn(id)) if (holdsCapacity(state)) return true;
      return false;
    };
    return unsettledBy(fleet.hosts(), holds, clock.nowMs());
  }

  /** Why the rollout is to move an instance; undefined when it is not. */
  moving(serial: number): { readonly reason: 'rebalanced'; readonly text: string } | undefined {
    const move = this.#hinted.get(serial);
    return move && { reason: 'rebalanced', text: `Moved to ${move.toName}: ${move.why}.` };
  }

  /** The moves that would level the fleet; changes nothing. */
  plan(scope: RebalanceScope): Promise<RebalancePlan> {
    return this.#plan(this.#parts.scheduler.sketch(), scope);
  }

  /** How evenly the hosts of a scope are laid out now. */
  async measure(scope: Pick<RebalanceScope, 'miner' | 'hostLabels'>): Promise<Balance> {
    // Without moves nothing is tried, so that no copy is needed.
    return (await this.#plan(this.#parts.scheduler.sketch('live'), { ...scope, ...MEASURE })).before;
  }

  /**
   * Plans and begins; without a move that pays nothing is begun. Resolves once that is durable. Throws `HeadframeError`
   * (failed_precondition, 'rebalance_running').
   */
  async apply(scope: RebalanceScope, budget: RebalanceBudget): Promise<RebalancePlan> {
    const { fleet } = this.#parts;
    this.#refuseWhileRunning();
    const plan = await this.plan(scope);
    this.#refuseWhileRunning();
    if (plan.moves.length === 0) return plan;
    const { durable } = fleet.transact((tx) => {
      const moves = plan.moves.map((move) => ({ ...move, ...UNBEGUN }));
      const times = { startedAtMs: tx.atMs, endedAtMs: 0 };
      this.#put(tx, { state: 'running', scope, ...budget, ...times, moves, before: plan.before });
      tell(tx, 'rebalance_started', `${String(moves.length)} moves, at most ${String(budget.movesPerHour)} an hour.`);
    });
    this.#poke();
    await durable;
    return plan;
  }

  /** Begins no further move. Resolves once that is durable. Throws `HeadframeError` (failed_precondition, 'rebalance_idle'). */
  async cancel(): Promise<void> {
    const job = this.#job;
    if (job?.state !== 'running') throw idle();
    const { durable } = this.#parts.fleet.transact((tx) => this.#put(tx, { ...job, state: 'cancelling' }));
    this.#poke();
    await durable;
  }

  /** Moves until the signal. Rejects with what a transaction threw. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isBusy = this.#job !== undefined && isUnderWay(this.#job);
      if (isBusy) this.#step();
      await this.#sleep(signal, isBusy && this.#job !== undefined && isUnderWay(this.#job));
    }
  }

  async #plan(board: Sketch, scope: RebalanceScope): Promise<RebalancePlan> {
    const { fleet, clock, yieldTurn } = this.#parts;
    const steps = new Planner(fleet, board, scope).run();
    for (let until = clock.monotonicMs() + SLICE_MS; ;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (clock.monotonicMs() < until) continue;
      await yieldTurn();
      until = clock.monotonicMs() + SLICE_MS;
    }
  }

  #step(): void {
    const before = this.#job;
    if (before === undefined) return;
    const { job, waitingFor } = advance(before, this.#view(before));
    this.#waitingFor = waitingFor;
    if (JSON.stringify(job) === JSON.stringify(before)) return;
    this.#parts.fleet.transact((tx) => {
      this.#put(tx, job);
      job.moves.forEach((move, at) => tellMove(tx, move, before.moves[at]));
      if (isUnderWay(before) && !isUnderWay(job)) tellEnd(tx, job);
    });
  }

  #view({ scope }: RebalanceJob): JobView {
    const { fleet, scheduler, clock } = this.#parts;
    return {
      nowMs: clock.nowMs(),
      unsettled: this.unsettled,
      instance: (serial) => fleet.instance(serial),
      landedOn: (move) => landedOn(fleet, move),
      whyWaiting: (miner) => scheduler.why(miner)?.text ?? '',
      check: (move, underWay) => checkMove({ fleet, board: scheduler.sketch('live'), scope }, move, underWay),
    };
  }

  #put(tx: Transaction, job: RebalanceJob): void {
    tx.putSetting(SETTING, job);
    this.#job = job;
    this.#follow();
  }

  /** Has the rollout and the scheduler know of exactly those moves that are under way. */
  #follow(): void {
    const { scheduler, lookAgain } = this.#parts;
    const moving = new Map(
      (this.#job?.moves ?? []).filter(({ outcome }) => outcome === 'moving').map((move) => [move.serial, move]),
    );
    for (const [serial, move] of this.#hinted) {
      if (moving.has(serial)) continue;
      this.#hinted.delete(serial);
      scheduler.hints.withdraw(move.miner, move.toId);
      lookAgain(move.miner);
    }
    for (const [serial, move] of moving) {
      if (this.#hinted.has(serial)) continue;
      this.#hinted.set(serial, move);
      // After a restart the replacement may be there already.
      if (landedOn(this.#parts.fleet, move) === undefined) scheduler.hints.add(move.miner, move.toId);
      lookAgain(move.miner);
    }
  }

  #refuseWhileRunning(): void {
    if (this.#job !== undefined && isUnderWay(this.#job)) throw running();
  }

  #sleep(signal: AbortSignal, isBusy: boolean): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        this.#poke = () => undefined;
        resolve();
      };
      const cancel = isBusy ? this.#parts.clock.setTimer(wake, PERIOD_MS) : () => undefined;
      this.#poke = wake;
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });
  }
}

const UNBEGUN = { outcome: 'planned', text: '', beganAtMs: 0, endedAtMs: 0, landedOnId: '' } as const;

function tellMove(tx: Transaction, move: JobMove, before: JobMove | undefined): void {
  if (move.outcome !== 'skipped' || before?.outcome === 'skipped') return;
  const text = `${move.miner}-${String(move.serial)} stays on ${move.fromName}: ${move.text}.`;
  tx.event({ subject: 'miner', id: move.miner, reason: 'rebalance_skipped', text });
}

function tellEnd(tx: Transaction, { state, moves }: RebalanceJob): void {
  const moved = moves.filter(({ outcome }) => outcome === 'moved').length;
  const text = `${String(moved)} of ${String(moves.length)} moves made.`;
  tell(tx, state === 'finished' ? 'rebalance_finished' : 'rebalance_cancelled', text);
}

function tell(tx: Transaction, reason: string, text: string): void {
  tx.event({ subject: 'fleet', id: '', reason, text });
}

function running(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'rebalance_running',
    message: 'a rebalance is under way',
    remedy: 'See headframe rebalance status; end it with headframe rebalance cancel.',
  });
}

function idle(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'rebalance_idle',
    message: 'no rebalance is under way',
    remedy: 'See headframe rebalance status.',
  });
}
