import type { Clock } from '../../common/model/clock.js';
import type { HealthCheck } from '../../common/model/miner.js';
import type { Assignment } from '../../common/model/workload.js';
import type { HealthVerdict, InstanceView } from '../reconcile/plan.js';
import { reachablePort } from '../runtime/instance-port.js';
import { onAbort } from '../runtime/on-abort.js';
import type { ObservedInstance, Runtime } from '../runtime/runtime.js';
import { beginHealth, judgeHealth, nextCheckMs } from './judge.js';
import type { HealthState, ProbeOutcome } from './judge.js';
import { probeImage, runProbe } from './probe.js';

interface Watched {
  readonly check: HealthCheck;
  readonly assignment: Assignment;
  observed: ObservedInstance;
  state: HealthState;
  readonly stop: AbortController;
}

/** What checks say of an instance. */
export type HealthStanding = Pick<InstanceView, 'health' | 'healthDetail' | 'stuck'>;

/** Runs the health checks of the running instances, each on its own beat, and tells when a verdict changes. */
export class HealthChecks {
  readonly #runtime: Pick<Runtime, 'exec'>;
  readonly #clock: Clock;
  readonly #onChange: (serial: number) => void;
  readonly #watched = new Map<number, Watched>();
  /** Runs that are to end though no check failed: the start of the run, once it is known, and why. */
  readonly #condemned = new Map<number, { readonly startedAtMs: number; readonly text: string }>();
  /** Start of the present run of each running instance. */
  readonly #runs = new Map<number, number>();

  constructor(parts: { runtime: Pick<Runtime, 'exec'>; clock: Clock; onChange: (serial: number) => void }) {
    this.#runtime = parts.runtime;
    this.#clock = parts.clock;
    this.#onChange = parts.onChange;
  }

  /** Begins, goes on with, or ends the checks of an instance as its container now stands. A new run begins anew. */
  follow(assignment: Assignment, observed: ObservedInstance | undefined): void {
    const { serial, workload } = assignment;
    const check = workload.health;
    this.#followRun(serial, observed);
    if (check === undefined || observed?.status !== 'running') {
      this.#endChecks(serial);
      return;
    }
    const watched = this.#watched.get(serial);
    if (watched?.observed.startedAtMs === observed.startedAtMs) {
      watched.observed = observed;
      if (check.probe.kind === 'image') this.#judge(serial, watched, probeImage(observed.imageHealth));
      return;
    }
    this.#endChecks(serial);
    const next: Watched = {
      check,
      assignment,
      observed,
      state: beginHealth(this.#clock.monotonicMs()),
      stop: new AbortController(),
    };
    this.#watched.set(serial, next);
    // The engine runs the image's own check, and its events bring each verdict here.
    if (check.probe.kind === 'image') this.#judge(serial, next, probeImage(observed.imageHealth));
    else void this.#run(serial, next);
  }

  /** Ends the checks of an instance that is nobody's any more. */
  forget(serial: number): void {
    this.#endChecks(serial);
    this.#runs.delete(serial);
    this.#condemned.delete(serial);
  }

  /** Has the present run of an instance ended by the reconciler, and started again by the restart policy. */
  condemn(serial: number, text: string): void {
    const startedAtMs = this.#runs.get(serial);
    if (startedAtMs === undefined) return;
    this.#condemned.set(serial, { startedAtMs, text });
    this.#onChange(serial);
  }

  /** What the checks say of an instance, for those who decide. */
  standing(serial: number, assignment: Assignment | undefined): HealthStanding {
    return {
      health: assignment ? this.verdict(assignment) : 'none',
      healthDetail: this.detail(serial),
      stuck: this.#condemned.get(serial)?.text,
    };
  }

  /** Verdict on the present run; `none` where nothing is checked. */
  verdict(assignment: Assignment): HealthVerdict {
    if (assignment.workload.health === undefined) return 'none';
    return this.#watched.get(assignment.serial)?.state.verdict ?? 'checking';
  }

  /** What the last check found, for people; '' when nothing is checked. */
  detail(serial: number): string {
    return this.#watched.get(serial)?.state.detail ?? '';
  }

  /** Ends all checks. */
  close(): void {
    for (const serial of [...this.#watched.keys()]) this.forget(serial);
  }

  #endChecks(serial: number): void {
    this.#watched.get(serial)?.stop.abort();
    this.#watched.delete(serial);
  }

  #followRun(serial: number, observed: ObservedInstance | undefined): void {
    if (observed?.status === 'running') this.#runs.set(serial, observed.startedAtMs);
    else this.#runs.delete(serial);
    if (this.#condemned.get(serial)?.startedAtMs !== this.#runs.get(serial)) this.#condemned.delete(serial);
  }

  #judge(serial: number, watched: Watched, outcome: ProbeOutcome): void {
    const before = watched.state.verdict;
    watched.state = judgeHealth(watched.check, watched.state, outcome, this.#clock.monotonicMs());
    if (watched.state.verdict !== before) this.#onChange(serial);
  }

  /** Never rejects: a probe tells its failure as an outcome. */
  async #run(serial: number, watched: Watched): Promise<void> {
    const { signal } = watched.stop;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const outcome = await this.#probe(serial, watched, signal);
      if (ended()) return;
      this.#judge(serial, watched, outcome);
      await this.#clock.sleep(nextCheckMs(watched.check, watched.state), signal).catch(() => undefined);
    }
  }

  async #probe(serial: number, watched: Watched, signal: AbortSignal): Promise<ProbeOutcome> {
    const { observed, assignment, check } = watched;
    const portOf = (containerPort: number): number => reachablePort(assignment, containerPort);
    const target = { serial, address: observed.address, portOf, imageHealth: observed.imageHealth };
    const deadline = new AbortController();
    const giveUp = (): void => {
      deadline.abort();
    };
    // No AbortSignal.any: each would stay with the signal of a run that may last for months.
    const letGo = onAbort(signal, giveUp);
    const cancelTimer = this.#clock.setTimer(giveUp, check.timeoutMs);
    try {
      return await runProbe(check.probe, target, this.#runtime, deadline.signal);
    } finally {
      cancelTimer();
      letGo();
    }
  }
}
