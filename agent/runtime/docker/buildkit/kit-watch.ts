import type { Clock } from '../../../../common/model/clock.js';
import { formatBytes } from '../../../../common/model/units.js';
import type { BuildLimits } from '../../../images/index.js';
import { onAbort, reasonOf } from '../../on-abort.js';
import { runtimeError } from '../../runtime-error.js';
import { BuildSign } from '../build-sign.js';
import type { KitSteps } from './kit-steps.js';

/** What a watch over a build by BuildKit looks with. */
export interface KitWatchParts {
  readonly steps: Pick<KitSteps, 'list' | 'bound' | 'use'>;
  /** Free bytes of the disk that the engine's data lies on; undefined where that cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly limits: BuildLimits;
  readonly clock: Clock;
}

interface Step {
  isBounded: boolean;
  /** Looks in vain for its control group. */
  looks: number;
}

/** What lay in a folder when it was first looked at, and last. */
interface Written {
  readonly beforeBytes: number;
  readonly bytes: number;
}

/** What a step does before it is seen is not bounded. */
const FIND_EVERY_MS = 25;
/** A busy machine takes seconds to start a step that the builder has made ready. */
const MOST_LOOKS = 400;
const MEASURE_EVERY_MS = 500;
/** Of the time, at most this share measures: one part in so many. */
const MEASURE_SHARE = 4;

/**
 * Looks after a build by BuildKit, bounds each step by its control group as it begins, and ends the build where it takes more
 * than it may, or where it cannot be seen. A host builds one image at a time, so that every step that begins meanwhile counts
 * as its own.
 */
export class KitWatch {
  readonly #parts: KitWatchParts;
  readonly #ended = new AbortController();
  readonly #letGo: () => void;
  /** Those of others, from before. */
  readonly #others: ReadonlySet<string>;
  readonly #steps = new Map<string, Step>();
  readonly #sign = new BuildSign();
  /** By folder, of all steps so far: caches are mounted by many. */
  readonly #written = new Map<string, Written>();

  /** Watches until it is closed or the signal is aborted; `others` are the steps that run before the build begins. */
  constructor(parts: KitWatchParts, others: readonly string[], signal: AbortSignal) {
    this.#parts = parts;
    this.#others = new Set(others);
    this.#letGo = onAbort(signal, () => this.#ended.abort(reasonOf(signal)));
    if (signal.aborted) this.#ended.abort(reasonOf(signal));
    void this.#again(() => this.#find());
    void this.#again(() => this.#measure());
  }

  /** Aborted when the build is to end, with why. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Hears a line of the output. */
  heard(line: string): void {
    this.#sign.heard(line);
  }

  /** Why the build failed, where the watch knows better than the engine. */
  explained(error: unknown): unknown {
    return this.#sign.explained(error);
  }

  close(): void {
    this.#letGo();
    this.#ended.abort(new Error('the build is over'));
  }

  /** Looks after each pause that the last look asks for; whatever fails ends the build, for it would go on unseen. */
  async #again(look: () => Promise<number>): Promise<void> {
    try {
      for (let pauseMs = 0; !this.signal.aborted; pauseMs = await look())
        await this.#parts.clock.sleep(pauseMs, this.signal);
    } catch (error) {
      this.#ended.abort(error);
    }
  }

  async #find(): Promise<number> {
    const ids = (await this.#parts.steps.list()).filter((id) => !this.#others.has(id));
    for (const id of this.#steps.keys()) if (!ids.includes(id)) this.#steps.delete(id);
    await Promise.all(ids.map((id) => this.#bound(id)));
    return FIND_EVERY_MS;
  }

  async #bound(id: string): Promise<void> {
    const step = this.#steps.get(id) ?? { isBounded: false, looks: 0 };
    this.#steps.set(id, step);
    if (step.isBounded) return;
    const standing = await this.#parts.steps.bound(id, this.#parts.limits);
    step.isBounded = standing === 'bounded';
    step.looks += 1;
    if (standing === 'gone') this.#steps.delete(id);
    else if (!step.isBounded && step.looks >= MOST_LOOKS)
      throw runtimeError('build_unbounded', 'a step of BuildKit has no control group that can be found');
  }

  async #measure(): Promise<number> {
    const { clock } = this.#parts;
    const begunMs = clock.monotonicMs();
    await this.#measureDisk();
    for (const [id, step] of this.#steps) if (step.isBounded) await this.#measureStep(id);
    return Math.max(MEASURE_EVERY_MS, MEASURE_SHARE * (clock.monotonicMs() - begunMs));
  }

  async #measureStep(id: string): Promise<void> {
    const { steps, limits } = this.#parts;
    const use = await steps.use(id, this.signal);
    if (use === undefined) return;
    if (use.processes >= limits.pids) {
      const text = `a step had all of the ${String(limits.pids)} processes that it may`;
      throw runtimeError('build_too_many_processes', text);
    }
    for (const { path, bytes, isNew } of use.folders)
      this.#written.set(path, { beforeBytes: this.#written.get(path)?.beforeBytes ?? (isNew ? 0 : bytes), bytes });
    const sizes = [...this.#written.values()].map(({ beforeBytes, bytes }) => Math.max(0, bytes - beforeBytes));
    const written = sizes.reduce((sum, size) => sum + size, 0);
    if (written <= limits.diskBytes) return;
    const text = `its steps wrote ${formatBytes(written)}, of ${formatBytes(limits.diskBytes)} that they may`;
    throw runtimeError('build_too_large', text);
  }

  async #measureDisk(): Promise<void> {
    const { freeBytes, limits } = this.#parts;
    const free = (await freeBytes()) ?? Infinity;
    if (free >= limits.keepFreeBytes) return;
    throw runtimeError('disk_full', `${formatBytes(free)} are left of the disk that images lie on`);
  }
}
