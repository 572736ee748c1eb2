import { afterStep, isExclusive, planInstance } from '../../agent/reconcile/plan.js';
import type { Decision, HealthVerdict, InstanceView } from '../../agent/reconcile/plan.js';
import { NEW_RECORD } from '../../agent/reconcile/record.js';
import type { InstanceRecord } from '../../agent/reconcile/record.js';
import type { Step } from '../../agent/reconcile/step.js';
import type { ObservedInstance } from '../../agent/runtime/runtime.js';
import type { Assignment } from '../../common/model/workload.js';

type Plain =
  | 'assign'
  | 'order-stop'
  | 'unassign'
  | 'retain'
  | 'lease-lost'
  | 'lease-held'
  | 'vanish'
  | 'sick'
  | 'healthy'
  | 'restart-agent'
  | 'lose-memory';

/** Something that happens to one instance on its host. */
export type Happening =
  | { readonly kind: Plain }
  | { readonly kind: 'exit'; readonly code: number; readonly outOfMemory: boolean }
  | { readonly kind: 'fail-next'; readonly reason: string }
  | { readonly kind: 'pass'; readonly ms: number };

/** Steps that any settled instance needs at most before nothing more is to be done. */
const MOST_STEPS = 40;

/**
 * One instance on one host: the planner's decisions carried out by the smallest engine that tells the truth. Throws when a
 * decision breaks a promise, so that any history is a test.
 */
export class InstanceWorld {
  nowMs = 1_000_000;
  assignment: Assignment | undefined;
  observed: ObservedInstance | undefined;
  record: InstanceRecord | undefined;
  /** Starts of the container, over all its lives. */
  starts = 0;
  readonly #whole: Assignment;
  #retained = false;
  #health: HealthVerdict = 'none';
  #leaseHeld = true;
  #failure: string | undefined;

  constructor(assignment: Assignment) {
    this.#whole = assignment;
  }

  /** Lets something happen, and the agent do what it then decides, one step. */
  live(happening: Happening): void {
    this.#happen(happening);
    this.#turn();
  }

  /** Ends all trouble and lets time pass until nothing is left to do. */
  settle(): void {
    this.#failure = undefined;
    this.#leaseHeld = true;
    this.#health = 'none';
    for (let count = 0; count < MOST_STEPS; count += 1) {
      const { step, wakeAtMs } = this.#turn();
      if (step === undefined && wakeAtMs === undefined) return;
      if (wakeAtMs !== undefined) this.nowMs = Math.max(this.nowMs, wakeAtMs);
    }
    throw new Error(`not settled after ${String(MOST_STEPS)} turns: ${JSON.stringify(this.record)}`);
  }

  get running(): boolean {
    return this.observed?.status === 'running';
  }

  #turn(): Decision {
    const view = this.#view();
    const decision = planInstance(view);
    this.#check(view, decision);
    this.record = decision.record;
    if (decision.step !== undefined) this.#execute(decision.step);
    return decision;
  }

  #view(): InstanceView {
    return {
      serial: this.#whole.serial,
      assignment: this.assignment,
      retained: this.#retained,
      observed: this.observed,
      record: this.record,
      health: this.running ? this.#health : 'none',
      healthDetail: '',
      leaseHeld: this.#leaseHeld,
      leaseLeftMs: this.#leaseHeld ? 10_000 : 500,
      nowMs: this.nowMs,
    };
  }

  #check(view: InstanceView, { record, step }: Decision): void {
    if (view.assignment !== undefined) this.#checkMemory(view.record, record);
    if (step?.kind === 'prepare' || step?.kind === 'launch') this.#checkStart(view, record?.end !== undefined);
    if (step?.kind === 'stop') this.#checkStop(view, step);
    if (step?.kind === 'remove') this.#checkRemove(view);
  }

  #checkMemory(before: InstanceRecord | undefined, after: InstanceRecord | undefined): void {
    if (before?.end && after?.end === undefined) throw new Error('an end was forgotten');
    if (before && after && after.restarts < before.restarts) throw new Error('restarts were uncounted');
  }

  #checkStart({ assignment, leaseHeld }: InstanceView, ended: boolean): void {
    if (assignment === undefined || assignment.stop || ended) throw new Error('a start that nobody wants');
    if (this.running) throw new Error('a start of what runs');
    if (!leaseHeld && isExclusive(assignment)) throw new Error('a start without a lease');
  }

  #checkStop(view: InstanceView, step: Extract<Step, { kind: 'stop' }>): void {
    if (!this.running) throw new Error('a stop of what does not run');
    if (this.#isWell(view)) throw new Error('a stop for nothing');
    if (step.hurried && step.graceMs > view.leaseLeftMs) throw new Error('a stop that outlasts the lease');
  }

  #checkRemove({ assignment, retained }: InstanceView): void {
    if (assignment !== undefined || retained || this.running) throw new Error('a removal of what is held');
  }

  #isWell({ assignment, record, health, leaseHeld }: InstanceView): boolean {
    if (!assignment || assignment.stop || record?.end || health === 'unhealthy') return false;
    return leaseHeld || !isExclusive(assignment);
  }

  #execute(step: Step): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) this.#act(step);
    const outcome = failure === undefined ? { ok: true as const } : { ok: false as const, reason: failure, text: '' };
    if (this.record !== undefined || 'assignment' in step)
      this.record = afterStep(this.record ?? NEW_RECORD, step, outcome, this.nowMs);
  }

  #act(step: Step): void {
    if (step.kind === 'launch') this.#start();
    if (step.kind === 'stop') this.#exit(143, false);
    if (step.kind === 'remove') this.observed = undefined;
  }

  #start(): void {
    this.starts += 1;
    this.nowMs += 1;
    this.#health = 'none';
    const { serial } = this.#whole;
    this.observed = {
      serial,
      containerId: `c${String(serial)}`,
      status: 'running',
      pid: 1,
      exitCode: undefined,
      outOfMemory: false,
      startedAtMs: this.nowMs,
      finishedAtMs: 0,
      address: '',
      imageHealth: 'none',
    };
  }

  #exit(exitCode: number, outOfMemory: boolean): void {
    if (this.observed?.status !== 'running') return;
    this.observed = { ...this.observed, status: 'exited', pid: 0, exitCode, outOfMemory, finishedAtMs: this.nowMs };
  }

  #happen(happening: Happening): void {
    if (happening.kind === 'exit') this.#exit(happening.code, happening.outOfMemory);
    else if (happening.kind === 'fail-next') this.#failure = happening.reason;
    else if (happening.kind === 'pass') this.nowMs += happening.ms;
    else this.#befall[happening.kind]();
  }

  readonly #befall: Readonly<Record<Plain, () => void>> = {
    // What was told to stop, or has ended, is never assigned again: a new instance has a new serial.
    assign: () => {
      if (this.record === undefined && this.observed === undefined) this.assignment ??= this.#whole;
    },
    'order-stop': () => {
      if (this.assignment) this.assignment = { ...this.assignment, stop: { reason: 'scaled_down', text: '' } };
    },
    unassign: () => ([this.assignment, this.#retained] = [undefined, false]),
    retain: () => {
      if (this.assignment && this.record?.end) [this.assignment, this.#retained] = [undefined, true];
    },
    'lease-lost': () => (this.#leaseHeld = false),
    'lease-held': () => (this.#leaseHeld = true),
    vanish: () => (this.observed = undefined),
    sick: () => (this.#health = 'unhealthy'),
    healthy: () => (this.#health = 'none'),
    'restart-agent': () => (this.#health = 'none'),
    'lose-memory': () => (this.record = undefined),
  };
}
