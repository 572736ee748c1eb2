import type { Clock } from '../../../common/model/clock.js';
import { formatBytes } from '../../../common/model/units.js';
import type { BuildLimits } from '../../images/index.js';
import { onAbort, reasonOf } from '../on-abort.js';
import { runtimeError } from '../runtime-error.js';
import { BuildSign } from './build-sign.js';
import type { BuildSteps } from './build-steps.js';

/** What a watch over a build looks with. */
export interface BuildWatchParts {
  readonly steps: Pick<BuildSteps, 'step' | 'processes' | 'bound'>;
  /** Free bytes of the disk that the engine's data lies on; undefined where that cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly limits: BuildLimits;
  readonly clock: Clock;
}

/** A step that was not over when it was last looked at. */
interface Step {
  readonly container: string;
  bounded: boolean;
  writtenBytes: number;
}

const LOOK_EVERY_MS = 500;
/** A build that cannot be seen is not let go on for longer. */
const MOST_BLIND_LOOKS = 5;
/** The engine makes one after the other. */
const MOST_STEPS = 16;
/** How the engine's builder tells of a step's container, right before it starts it. */
const BEGUN = /^ ---> Running in ([0-9a-f]{12})\n?$/;

/**
 * Looks after a build that the engine makes, and ends it where it takes more than it may: the engine bounds the memory, the
 * processors and the files of its steps, but neither their processes nor what they write together.
 */
export class BuildWatch {
  readonly #parts: BuildWatchParts;
  readonly #ended = new AbortController();
  readonly #letGo: () => void;
  readonly #steps = new Map<string, Step>();
  /** By steps that are over. */
  #writtenBytes = 0;
  readonly #sign = new BuildSign();

  /** Watches until it is closed or the signal is aborted. */
  constructor(parts: BuildWatchParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#letGo = onAbort(signal, () => this.#ended.abort(reasonOf(signal)));
    if (signal.aborted) this.#ended.abort(reasonOf(signal));
    void this.#watch();
  }

  /** Aborted when the build is to end, with why. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Hears a piece of the output. What a step says may look like the engine's own words: no step is forgotten for another. */
  heard(text: string): void {
    const container = BEGUN.exec(text)?.[1];
    if (container === undefined) {
      this.#sign.heard(text);
      return;
    }
    if (this.#steps.has(container)) return;
    if (this.#steps.size >= MOST_STEPS) {
      this.#ended.abort(runtimeError('image_build_failed', 'a step speaks of steps that there are not'));
      return;
    }
    const step = { container, bounded: false, writtenBytes: 0 };
    this.#steps.set(container, step);
    // At once, for it starts now; what fails here is done by the next look.
    this.#measure(step).catch(() => undefined);
  }

  /** Why the build failed, where the watch knows better than the engine. */
  explained(error: unknown): unknown {
    return this.#sign.explained(error);
  }

  close(): void {
    this.#letGo();
    this.#ended.abort(new Error('the build is over'));
  }

  async #watch(): Promise<void> {
    for (let blindLooks = 0; await slept(this.#parts.clock, this.signal);) {
      try {
        await this.#look();
        blindLooks = 0;
      } catch (error) {
        blindLooks += 1;
        if (error instanceof Overstepped || blindLooks >= MOST_BLIND_LOOKS) this.#ended.abort(causeOf(error));
      }
    }
  }

  async #look(): Promise<void> {
    const steps = [...this.#steps.values()];
    await Promise.all([this.#measureDisk(), ...steps.flatMap((step) => [this.#measure(step), this.#count(step)])]);
  }

  async #measure(step: Step): Promise<void> {
    const { steps, limits } = this.#parts;
    const seen = await steps.step(step.container, this.signal);
    // It is over, or the build only speaks of it: only its own have the bound of its files.
    if (seen?.fileBytes !== limits.diskBytes) {
      this.#forget(step);
      return;
    }
    if (!step.bounded) step.bounded = await steps.bound(step.container, limits.pids, this.signal);
    step.writtenBytes = Math.max(step.writtenBytes, seen.writtenBytes);
    const written = [...this.#steps.values()].reduce((sum, one) => sum + one.writtenBytes, this.#writtenBytes);
    if (written <= limits.diskBytes) return;
    const text = `its steps wrote ${formatBytes(written)}, of ${formatBytes(limits.diskBytes)} that they may`;
    throw new Overstepped(runtimeError('build_too_large', text));
  }

  #forget({ container, writtenBytes }: Step): void {
    if (this.#steps.delete(container)) this.#writtenBytes += writtenBytes;
  }

  async #count(step: Step): Promise<void> {
    const { steps, limits } = this.#parts;
    const count = step.bounded ? await steps.processes(step.container, this.signal) : 0;
    if (count < limits.pids) return;
    const text = `a step had all of the ${String(limits.pids)} processes that it may`;
    throw new Overstepped(runtimeError('build_too_many_processes', text));
  }

  async #measureDisk(): Promise<void> {
    const { freeBytes, limits } = this.#parts;
    const free = (await freeBytes()) ?? Infinity;
    if (free >= limits.keepFreeBytes) return;
    throw new Overstepped(runtimeError('disk_full', `${formatBytes(free)} are left of the disk that images lie on`));
  }
}

/** What a build took too much of, as its cause. */
class Overstepped extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Overstepped ? error.cause : error;
}

/** False when the signal came first. */
async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(LOOK_EVERY_MS, signal).then(
    () => true,
    () => false,
  );
}
