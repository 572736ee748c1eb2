import type { Clock } from '../../common/model/clock.js';
import type { Assignment } from '../../common/model/workload.js';
import type { Logger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { HealthChecks } from '../health/health-checks.js';
import type { ObservedInstance, PrepareProgress, Runtime } from '../runtime/runtime.js';
import type { AgentState, HeldAssignments } from '../state/agent-state.js';
import { StepExecutor } from './executor.js';
import { afterStep, isExclusive, planInstance } from './plan.js';
import type { InstanceView } from './plan.js';
import { NEW_RECORD } from './record.js';
import { reportOf, sameReport } from './report.js';
import type { Step, StepOutcome } from './step.js';
import { serialOf } from './step.js';

/** The parts a reconciler works with. */
export interface ReconcilerParts {
  readonly runtime: Runtime;
  readonly state: AgentState;
  readonly health: HealthChecks;
  /** Whether the host lease holds for an instance that takes this long to stop. */
  readonly leaseHeldFor: (graceMs: number) => boolean;
  /** Told of each change of an instance's standing. */
  readonly onReport: (report: InstanceReport) => void;
  /** Told when a container began or ended to run, for the metric readers. */
  readonly onObserved: (serial: number, observed: ObservedInstance | undefined) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Brings the containers of this host to what is assigned, again and again.
 *
 * Invariants: nothing is decided before the engine has been listed once; at most one step runs per instance; a step's
 * outcome is looked at in the engine before the next is planned; what is remembered of an instance changes only by the
 * pure planner; a slow step delays its own instance alone.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #executor: StepExecutor;
  readonly #assignments = new Map<number, Assignment>();
  readonly #retained = new Set<number>();
  readonly #observed = new Map<number, ObservedInstance>();
  readonly #reported = new Map<number, InstanceReport>();
  readonly #progress = new Map<number, PrepareProgress>();
  readonly #dirty = new Set<number>();
  readonly #wakeUps = new Map<number, () => void>();
  #engineListed = false;
  #passScheduled = false;
  #closed = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#executor = new StepExecutor(parts.runtime, (serial, progress) => {
      this.#progress.set(serial, progress);
      this.touch(serial);
    });
    this.#hold(parts.state.held);
  }

  /** Takes new assignments, which must be on stable storage already. */
  assign(held: HeldAssignments): void {
    this.#hold(held);
    for (const serial of this.#known()) this.touch(serial);
  }

  /**
   * Takes a full list of the engine's instances: from now on decisions may be made. Returns the serials that were known
   * but not listed; the list may be older than their container, so each is to be looked at alone before it counts as gone.
   */
  observeAll(list: readonly ObservedInstance[]): number[] {
    const unlisted = new Set(this.#observed.keys());
    for (const observed of list) {
      unlisted.delete(observed.serial);
      this.#setObserved(observed.serial, observed);
    }
    this.#engineListed = true;
    for (const serial of this.#known()) this.touch(serial);
    return [...unlisted];
  }

  /** Looks at one instance anew; a step under way looks by itself when it is done. */
  async observe(serial: number, signal: AbortSignal): Promise<void> {
    if (this.#executor.isBusy(serial)) return;
    const observed = await this.#parts.runtime.inspect(serial, signal);
    if (this.#executor.isBusy(serial)) return;
    this.#setObserved(serial, observed);
    this.touch(serial);
  }

  /** The engine does not answer: no decision until it has been listed again. */
  engineLost(): void {
    this.#engineListed = false;
  }

  /** Asks for an instance to be looked at in the next pass. */
  touch(serial: number): void {
    this.#dirty.add(serial);
    if (this.#passScheduled || this.#closed) return;
    this.#passScheduled = true;
    setImmediate(() => {
      this.#passScheduled = false;
      this.#pass();
    });
  }

  /** Asks for all instances that live by the host lease to be looked at. */
  touchExclusive(): void {
    for (const [serial, assignment] of this.#assignments) if (isExclusive(assignment)) this.touch(serial);
  }

  assignment(serial: number): Assignment | undefined {
    return this.#assignments.get(serial);
  }

  /** The latest report of every assigned instance, for a new session. */
  reports(): InstanceReport[] {
    return [...this.#reported.values()];
  }

  /** Serials of everything assigned, retained or found on the engine. */
  heldSerials(): number[] {
    return [...this.#known()];
  }

  /** Ends: no further step begins; those under way are aborted. Containers go on. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#wakeUps.values()) cancel();
    await this.#executor.close();
  }

  #hold(held: HeldAssignments): void {
    this.#assignments.clear();
    this.#retained.clear();
    for (const assignment of held.assignments) this.#assignments.set(assignment.serial, assignment);
    for (const serial of held.retained) this.#retained.add(serial);
  }

  #known(): Set<number> {
    return new Set([
      ...this.#assignments.keys(),
      ...this.#retained,
      ...this.#observed.keys(),
      ...this.#parts.state.serials(),
    ]);
  }

  #setObserved(serial: number, observed: ObservedInstance | undefined): void {
    if (observed) this.#observed.set(serial, observed);
    else this.#observed.delete(serial);
    this.#parts.onObserved(serial, observed);
    const assignment = this.#assignments.get(serial);
    if (assignment) this.#parts.health.follow(assignment, observed);
    else this.#parts.health.forget(serial);
  }

  /** Higher priorities first, so that they are first in the engine's queue. */
  #pass(): void {
    if (!this.#engineListed || this.#closed) return;
    const priority = (serial: number): number => this.#assignments.get(serial)?.workload.priority ?? 0;
    const serials = [...this.#dirty].sort((a, b) => priority(b) - priority(a) || a - b);
    this.#dirty.clear();
    for (const serial of serials) this.#consider(serial);
  }

  #consider(serial: number): void {
    const view = this.#view(serial);
    if (this.#executor.isBusy(serial)) {
      if (view.assignment === undefined || view.assignment.stop) this.#executor.abortPrepare(serial);
      this.#report(view);
      return;
    }
    const decision = planInstance(view);
    this.#remember(serial, decision.record);
    this.#wakeAt(serial, decision.wakeAtMs);
    if (decision.step) this.#begin(decision.step);
    this.#report({ ...view, record: decision.record });
  }

  #begin(step: Step): void {
    const serial = serialOf(step);
    this.#executor.run(step).then(
      (outcome) => this.#finished(step, outcome),
      // The executor turns every failure into an outcome; what gets here is a defect, told and tried again.
      (error: unknown) => {
        this.#parts.logger.error({ err: error, serial }, 'a step failed in an unforeseen way');
      },
    );
  }

  #finished(
    step: Step,
    outcome: StepOutcome & { readonly observed: ObservedInstance | undefined; readonly seen: boolean },
  ): void {
    const serial = serialOf(step);
    this.#progress.delete(serial);
    if (!outcome.ok) this.#parts.logger.warn({ serial, step: step.kind, reason: outcome.reason }, outcome.text);
    const record = this.#parts.state.record(serial) ?? NEW_RECORD;
    if (outcome.ok || outcome.reason !== 'aborted') {
      this.#remember(serial, afterStep(record, step, outcome, this.#parts.clock.nowMs()));
    }
    if (outcome.seen) this.#setObserved(serial, outcome.observed);
    this.touch(serial);
  }

  #view(serial: number): InstanceView {
    const assignment = this.#assignments.get(serial);
    return {
      serial,
      assignment,
      retained: this.#retained.has(serial),
      observed: this.#observed.get(serial),
      record: this.#parts.state.record(serial),
      health: assignment ? this.#parts.health.verdict(assignment) : 'none',
      healthDetail: this.#parts.health.detail(serial),
      leaseHeld: this.#parts.leaseHeldFor(assignment?.workload.stopGraceMs ?? 0),
      nowMs: this.#parts.clock.nowMs(),
    };
  }

  #remember(serial: number, record: ReturnType<AgentState['record']>): void {
    if (record !== this.#parts.state.record(serial)) this.#parts.state.setRecord(serial, record);
  }

  #wakeAt(serial: number, wakeAtMs: number | undefined): void {
    this.#wakeUps.get(serial)?.();
    this.#wakeUps.delete(serial);
    if (wakeAtMs === undefined) return;
    const delayMs = Math.max(0, wakeAtMs - this.#parts.clock.nowMs());
    const cancel = this.#parts.clock.setTimer(() => {
      this.touch(serial);
    }, delayMs);
    this.#wakeUps.set(serial, cancel);
  }

  #report(view: InstanceView): void {
    const report = reportOf(view, {
      step: this.#executor.current(view.serial),
      progress: this.#progress.get(view.serial),
    });
    if (report === undefined) {
      this.#reported.delete(view.serial);
      return;
    }
    const last = this.#reported.get(view.serial);
    if (last && sameReport(last, report)) return;
    this.#reported.set(view.serial, report);
    this.#parts.onReport(report);
  }
}
