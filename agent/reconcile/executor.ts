import type { Assignment } from '../../common/model/workload.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { ObservedInstance, PrepareProgress, Runtime } from '../runtime/runtime.js';
import { serialOf } from './step.js';
import type { Step, StepOutcome } from './step.js';

/** A step's outcome with the instance as the engine then showed it; `seen` false when it was not looked at. */
export type ExecutedStep = StepOutcome & { readonly observed: ObservedInstance | undefined; readonly seen: boolean };

/** The parts an executor works with. */
export interface ExecutorParts {
  readonly runtime: Runtime;
  readonly onProgress: (serial: number, progress: PrepareProgress) => void;
  /** Awaited before a container is started; never rejects. */
  readonly beforeLaunch: (serial: number) => Promise<void>;
  /** Awaited once a container is made; what it rejects with keeps it from being started. */
  readonly beforeStart?: ((assignment: Assignment, signal: AbortSignal) => Promise<void>) | undefined;
}

interface Running {
  readonly step: Step;
  readonly abort: AbortController;
}

/** Carries out steps on the runtime, at most one per instance; decides nothing. */
export class StepExecutor {
  readonly #parts: ExecutorParts;
  readonly #running = new Map<number, Running>();
  readonly #closed = new AbortController();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** The step under way for an instance. */
  current(serial: number): Step | undefined {
    return this.#running.get(serial)?.step;
  }

  /** Breaks off the step under way for an instance. */
  abort(serial: number): void {
    this.#running.get(serial)?.abort.abort();
  }

  /** Does one step and then looks at the instance; failures are outcomes, `aborted` for one that was broken off. */
  async run(step: Step): Promise<ExecutedStep> {
    const serial = serialOf(step);
    const abort = new AbortController();
    this.#running.set(serial, { step, abort });
    try {
      return await this.#execute(step, abort.signal);
    } finally {
      this.#running.delete(serial);
    }
  }

  /** Breaks off all that is under way. */
  close(): void {
    this.#closed.abort();
    for (const { abort } of this.#running.values()) abort.abort();
  }

  async #execute(step: Step, signal: AbortSignal): Promise<ExecutedStep> {
    const outcome = await this.#do(step, signal).then(
      (): StepOutcome => ({ ok: true }),
      (error: unknown): StepOutcome => {
        const { reason, message } = toHeadframeError(error);
        return { ok: false, reason: signal.aborted ? 'aborted' : reason, text: message };
      },
    );
    if (step.kind === 'prepare') return { ...outcome, observed: undefined, seen: false };
    try {
      // Also after an abort: the engine may have done what was asked of it all the same.
      const observed = await this.#parts.runtime.inspect(serialOf(step), this.#closed.signal);
      return { ...confirmed(step, outcome, observed), observed, seen: true };
    } catch {
      // The engine went away meanwhile: the reconciler looks again.
      return { ...outcome, observed: undefined, seen: false };
    }
  }

  async #do(step: Step, signal: AbortSignal): Promise<void> {
    const { runtime } = this.#parts;
    switch (step.kind) {
      case 'prepare':
        await this.#prepare(step, signal);
        return;
      case 'launch':
        await this.#parts.beforeLaunch(step.assignment.serial);
        await runtime.create(step.assignment, signal);
        await this.#parts.beforeStart?.(step.assignment, signal);
        await runtime.start(step.assignment.serial, signal);
        return;
      case 'stop':
        await runtime.stop(step.serial, step.graceMs, signal);
        return;
      case 'remove':
        await runtime.remove(step.serial, signal);
        return;
    }
  }

  async #prepare(step: Extract<Step, { kind: 'prepare' }>, signal: AbortSignal): Promise<void> {
    const { serial } = step.assignment;
    const onProgress = (progress: PrepareProgress): void => {
      // One that comes late is about a pull that nobody waits for any more.
      if (this.current(serial) === step) this.#parts.onProgress(serial, progress);
    };
    await this.#parts.runtime.prepare(step.assignment, onProgress, signal);
  }
}

/** An engine that says "done" and shows otherwise has failed, or it would be asked again at once and for ever. */
function confirmed(step: Step, outcome: StepOutcome, observed: ObservedInstance | undefined): StepOutcome {
  const failed = (text: string): StepOutcome => ({ ok: false, reason: 'engine_error', text });
  if (outcome.ok && step.kind === 'stop' && observed?.status === 'running')
    return failed('the engine stopped the container and shows it running');
  if (outcome.ok && step.kind === 'remove' && observed !== undefined)
    return failed('the engine removed the container and still shows it');
  return outcome;
}
