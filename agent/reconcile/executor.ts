import { toHeadframeError } from '../../common/model/error.js';
import type { ObservedInstance, PrepareProgress, Runtime } from '../runtime/runtime.js';
import { serialOf } from './step.js';
import type { Step, StepOutcome } from './step.js';

/** A step's outcome with the instance as the engine then showed it; `seen` false when the engine could not be asked. */
export type ExecutedStep = StepOutcome & { readonly observed: ObservedInstance | undefined; readonly seen: boolean };

interface Running {
  readonly step: Step;
  readonly abort: AbortController;
}

/** Carries out steps on the runtime, at most one per instance; decides nothing. */
export class StepExecutor {
  readonly #runtime: Runtime;
  readonly #onProgress: (serial: number, progress: PrepareProgress) => void;
  readonly #running = new Map<number, Running>();
  readonly #ended = new Set<Promise<unknown>>();

  constructor(runtime: Runtime, onProgress: (serial: number, progress: PrepareProgress) => void) {
    this.#runtime = runtime;
    this.#onProgress = onProgress;
  }

  isBusy(serial: number): boolean {
    return this.#running.has(serial);
  }

  /** The step under way for an instance. */
  current(serial: number): Step | undefined {
    return this.#running.get(serial)?.step;
  }

  /** Breaks off a pull that nobody waits for any more. */
  abortPrepare(serial: number): void {
    const running = this.#running.get(serial);
    if (running?.step.kind === 'prepare') running.abort.abort();
  }

  /** Does one step and then looks at the instance; failures are outcomes, `aborted` for one that was broken off. */
  async run(step: Step): Promise<ExecutedStep> {
    const serial = serialOf(step);
    const abort = new AbortController();
    this.#running.set(serial, { step, abort });
    const work = this.#execute(step, abort.signal);
    this.#ended.add(work);
    try {
      return await work;
    } finally {
      this.#ended.delete(work);
      this.#running.delete(serial);
    }
  }

  /** Aborts what is under way and waits for it to end. */
  async close(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.allSettled([...this.#ended]);
  }

  async #execute(step: Step, signal: AbortSignal): Promise<ExecutedStep> {
    const outcome = await this.#do(step, signal).then(
      (): StepOutcome => ({ ok: true }),
      (error: unknown): StepOutcome => {
        const { reason, message } = toHeadframeError(error);
        return { ok: false, reason: signal.aborted ? 'aborted' : reason, text: message };
      },
    );
    if (step.kind === 'prepare' && outcome.ok) return { ...outcome, observed: undefined, seen: false };
    try {
      return { ...outcome, observed: await this.#runtime.inspect(serialOf(step), signal), seen: true };
    } catch {
      // The engine went away meanwhile: the next full list tells.
      return { ...outcome, observed: undefined, seen: false };
    }
  }

  async #do(step: Step, signal: AbortSignal): Promise<void> {
    switch (step.kind) {
      case 'prepare':
        await this.#runtime.prepare(
          step.assignment,
          (progress) => {
            this.#onProgress(step.assignment.serial, progress);
          },
          signal,
        );
        return;
      case 'launch':
        await this.#runtime.create(step.assignment, signal);
        await this.#runtime.start(step.assignment.serial, signal);
        return;
      case 'stop':
        await this.#runtime.stop(step.serial, step.graceMs, signal);
        return;
      case 'remove':
        await this.#runtime.remove(step.serial, signal);
        return;
    }
  }
}
