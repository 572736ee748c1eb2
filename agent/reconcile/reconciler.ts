import type { Assignment } from '../../common/model/workload.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import type { ObservedInstance, RuntimeEvent } from '../runtime/runtime.js';
import type { HeldAssignments } from '../state/agent-state.js';
import { Alarms } from './alarms.js';
import { Desired } from './desired.js';
import { StepExecutor } from './executor.js';
import type { ExecutedStep } from './executor.js';
import { Looks } from './looks.js';
import { afterStep, isExclusive, isObsolete, planInstance } from './plan.js';
import type { InstanceView } from './plan.js';
import type { ReconcilerParts } from './reconciler-parts.js';
import { NEW_RECORD } from './record.js';
import type { InstanceRecord } from './record.js';
import { ReportBoard } from './report-board.js';
import type { Step } from './step.js';
import { serialOf } from './step.js';

/** When an instance is looked at again whose step or decision failed in a way that nobody foresaw. */
const DEFECT_PAUSE_MS = 5_000;
/** The event that a step itself brings about; it is looked at when the step is done. */
const OWN_EVENT = { prepare: undefined, launch: 'started', stop: 'ended', remove: 'removed' } as const;

const TERM_OVER = { reason: 'lease_term_over', text: 'the term of the lease is over' };

/**
 * Brings the containers of this host to what is assigned, again and again.
 *
 * Invariants: nothing is decided before the engine has been listed once, nor of an instance whose last step's outcome was
 * not seen, nor of what no coordinator was ever asked about; only what must end by the host lease is stopped blindly. At most one step runs per instance; what is
 * remembered of an instance changes only by the pure planner; a slow step or look delays its own instance alone.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #executor: StepExecutor;
  readonly #looks: Looks;
  readonly #alarms: Alarms;
  readonly #board: ReportBoard;
  readonly #desired = new Desired();
  readonly #observed = new Map<number, ObservedInstance>();
  readonly #dirty = new Set<number>();
  readonly #steps = new Set<Promise<void>>();
  /** The engine told of something else while a step was under way. */
  readonly #doubted = new Set<number>();
  /** The outcome of the last step was not seen. */
  readonly #unseen = new Set<number>();
  #engine: 'unasked' | 'answers' | 'lost' = 'unasked';
  #passScheduled = false;
  #closed = false;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#executor = new StepExecutor({
      runtime: parts.runtime,
      onProgress: (serial, progress) => {
        if (this.#board.noteProgress(serial, progress)) this.touch(serial);
      },
      beforeLaunch: (serial) => this.#keepCount(serial),
      beforeStart: (assignment, signal) => parts.secrets?.beforeStart(assignment, signal) ?? Promise.resolve(),
    });
    this.#looks = new Looks({
      runtime: parts.runtime,
      onSeen: (serial, observed) => {
        this.#seen(serial, observed);
      },
      clock: parts.clock,
    });
    this.#alarms = new Alarms(parts.clock, (serial) => {
      this.touch(serial);
    });
    this.#board = new ReportBoard(parts.clock, parts.onReport);
    this.#desired.hold(parts.state.held);
  }

  /** Takes new assignments, which must be on stable storage already. */
  assign(held: HeldAssignments): void {
    const before = this.#known();
    this.#desired.hold(held);
    for (const serial of this.#observed.keys()) this.#tellObserved(serial);
    for (const serial of new Set([...before, ...this.#known()])) this.touch(serial);
  }

  /** Takes a full list of the engine's instances: from now on decisions may be made. */
  observeAll(list: readonly ObservedInstance[]): void {
    const unlisted = new Set(this.#observed.keys());
    for (const observed of list) {
      unlisted.delete(observed.serial);
      this.#setObserved(observed.serial, observed);
    }
    // The list may be older than their containers, so each is looked at alone before it counts as gone.
    for (const serial of unlisted) this.#looks.ask(serial);
    this.#engine = 'answers';
    for (const serial of this.#known()) this.touch(serial);
  }

  /** Takes an event of the engine: the instance is looked at anew, at once or when its step is done. */
  notice({ serial, kind }: RuntimeEvent): void {
    const step = this.#executor.current(serial);
    if (step === undefined) this.#looks.ask(serial);
    else if (OWN_EVENT[step.kind] !== kind) this.#doubted.add(serial);
  }

  /** The engine does not answer: no decision until it has been listed again. */
  engineLost(): void {
    this.#engine = 'lost';
    for (const { serial } of this.#desired.assignments()) this.touch(serial);
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
    for (const assignment of this.#desired.assignments()) if (isExclusive(assignment)) this.touch(assignment.serial);
  }

  /** Whether a container of it may run, for all that is known. */
  mayRun(serial: number): boolean {
    return this.#engine === 'unasked' || !this.#desired.isKnown || this.#observed.get(serial)?.status === 'running';
  }

  assignment(serial: number): Assignment | undefined {
    return this.#desired.assignment(serial);
  }

  /** The latest report of every assigned instance, for a new session. */
  reports(): InstanceReport[] {
    return this.#board.all();
  }

  /** Serials of everything assigned, retained or found on the engine. */
  heldSerials(): number[] {
    return [...this.#known()];
  }

  /** Ends: no further step begins; those under way are aborted. Containers go on. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#alarms.close();
    this.#executor.close();
    await this.#looks.close();
    await Promise.allSettled([...this.#steps]);
  }

  #known(): Set<number> {
    return new Set([...this.#desired.serials(), ...this.#observed.keys(), ...this.#parts.state.serials()]);
  }

  /** Before a container runs again its earlier end is on disk: a crash would have it counted lower than was reported. */
  async #keepCount(serial: number): Promise<void> {
    if ((this.#parts.state.record(serial)?.restarts ?? 0) === 0) return;
    // Told by the state itself; a disk that is full must not keep a miner down.
    await this.#parts.state.saved().catch(() => undefined);
  }

  #seen(serial: number, observed: ObservedInstance | undefined): void {
    // A step that began meanwhile looks by itself when it is done.
    if (this.#executor.current(serial)) return;
    this.#setObserved(serial, observed);
    this.#unseen.delete(serial);
    this.touch(serial);
  }

  #setObserved(serial: number, observed: ObservedInstance | undefined): void {
    if (observed) this.#observed.set(serial, observed);
    else this.#observed.delete(serial);
    this.#tellObserved(serial);
  }

  #tellObserved(serial: number): void {
    const observed = this.#observed.get(serial);
    this.#parts.onObserved(serial, observed);
    const assignment = this.#desired.assignment(serial);
    if (assignment) this.#parts.health.follow(assignment, observed);
    else this.#parts.health.forget(serial);
  }

  /** Higher priorities first, so that they are first in the engine's queue. */
  #pass(): void {
    if (this.#engine === 'unasked' || this.#closed) return;
    const priority = (serial: number): number => this.#desired.assignment(serial)?.workload.priority ?? 0;
    const serials = [...this.#dirty].sort((a, b) => priority(b) - priority(a) || a - b);
    this.#dirty.clear();
    for (const serial of serials) {
      try {
        this.#consider(serial);
      } catch (error) {
        this.#defect(serial, error);
      }
    }
  }

  #consider(serial: number): void {
    const view = this.#view(serial);
    const step = this.#executor.current(serial);
    if (step && isObsolete(step, view)) this.#executor.abort(serial);
    if (step || !this.#mayDecide(view)) {
      this.#report(view);
      return;
    }
    const decision = planInstance(view);
    this.#remember(serial, decision.record);
    this.#alarms.set(serial, decision.wakeAtMs);
    if (decision.step) this.#begin(decision.step);
    this.#report({ ...view, record: decision.record });
  }

  #mayDecide({ serial, assignment, leaseHeld, observed }: InstanceView): boolean {
    // An agent that has lost its state must not end what it was not told of yet, but adopt it.
    if (assignment === undefined && !this.#desired.isKnown) return false;
    // What must end by the lease is stopped even when the engine seems away: there is no time to wait for it.
    return !this.#isAway(serial) || (!leaseHeld && observed?.status === 'running');
  }

  #isAway(serial: number): boolean {
    return this.#engine === 'lost' || this.#unseen.has(serial);
  }

  #begin(step: Step): void {
    const serial = serialOf(step);
    const work = this.#executor
      .run(step)
      .then((executed) => {
        this.#finished(step, executed);
      })
      .catch((error: unknown) => {
        this.#defect(serial, error);
      })
      .finally(() => this.#steps.delete(work));
    this.#steps.add(work);
  }

  /** Costs the instance a pause, and nobody else anything. */
  #defect(serial: number, error: unknown): void {
    this.#parts.logger.error({ err: error, serial }, 'an instance could not be dealt with, for an unforeseen reason');
    this.#alarms.set(serial, this.#parts.clock.nowMs() + DEFECT_PAUSE_MS);
  }

  #finished(step: Step, executed: ExecutedStep): void {
    const serial = serialOf(step);
    this.#board.endProgress(serial);
    this.#looks.outdate(serial);
    if (executed.ok || executed.reason !== 'aborted') {
      if (!executed.ok) this.#parts.logger.warn({ serial, step: step.kind, reason: executed.reason }, executed.text);
      const record = this.#parts.state.record(serial) ?? NEW_RECORD;
      this.#remember(serial, afterStep(record, step, executed, this.#parts.clock.nowMs()));
    }
    if (executed.seen) this.#setObserved(serial, executed.observed);
    else if (step.kind !== 'prepare') this.#unseen.add(serial);
    if (this.#doubted.delete(serial) || this.#unseen.has(serial)) this.#looks.ask(serial);
    this.touch(serial);
  }

  #view(serial: number): InstanceView {
    const { state, health, lease, clock, secrets, terms } = this.#parts;
    const assignment = withinTerm(this.#desired.assignment(serial), terms);
    const leased = assignment !== undefined && isExclusive(assignment);
    return {
      serial,
      assignment,
      retained: this.#desired.isRetained(serial),
      observed: this.#observed.get(serial),
      record: state.record(serial),
      ...health.standing(serial, assignment),
      ...(assignment === undefined ? {} : secrets?.standing(assignment)),
      leaseHeld: !leased || lease.isHeldFor(assignment.workload.stopGraceMs),
      leaseLeftMs: leased ? lease.leftMs() : 0,
      nowMs: clock.nowMs(),
    };
  }

  #remember(serial: number, record: InstanceRecord | undefined): void {
    if (record !== this.#parts.state.record(serial)) this.#parts.state.setRecord(serial, record);
  }

  #report(view: InstanceView): void {
    this.#board.update(view, { step: this.#executor.current(view.serial), engineAway: this.#isAway(view.serial) });
  }
}

/** An assignment that is to stop once the term of its lease is over, whoever says so first. */
function withinTerm(assignment: Assignment | undefined, terms: ReconcilerParts['terms']): Assignment | undefined {
  if (assignment?.workload.lease === undefined || assignment.stop !== undefined) return assignment;
  return terms?.isOver(assignment.serial) === true ? { ...assignment, stop: TERM_OVER } : assignment;
}
