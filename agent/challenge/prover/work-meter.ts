import type { CgroupReading } from '../../../common/challenge/proof.js';
import type { Clock } from '../../../common/model/clock.js';
import type { HeadframeError } from '../../../common/model/error.js';
import { readCgroup, usedSince } from './cgroup.js';
import { crowdedOut, readThreads, threadsSince } from './crowding.js';

/** What a meter reads. */
export interface MeterParts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** How the container's limits and counters are read; default as the kernel shows them. */
  readonly readCgroup?: typeof readCgroup | undefined;
  /** How this process's threads are read; default as the kernel counts them. */
  readonly readThreads?: typeof readThreads | undefined;
}

interface Reading {
  readonly atMs: number;
  readonly group: Awaited<ReturnType<typeof readCgroup>>;
  readonly threads: Awaited<ReturnType<typeof readThreads>>;
}

/** What a work takes, from when the meter was started. */
export class WorkMeter {
  readonly #parts: MeterParts;
  readonly #before: Reading;

  constructor(parts: MeterParts, before: Reading) {
    this.#parts = parts;
    this.#before = before;
  }

  static async start(parts: MeterParts): Promise<WorkMeter> {
    return new WorkMeter(parts, await readAll(parts));
  }

  /** What the kernel says of the container now, with what the work has used. */
  async reading(): Promise<CgroupReading> {
    const { atMs, group } = await readAll(this.#parts);
    return { ...usedSince(this.#before.group, group), wallMs: atMs - this.#before.atMs };
  }

  /** Why the work is to be given up now; undefined where it is not (`crowdedOut`). */
  async whyInVain(withinMs: number): Promise<HeadframeError | undefined> {
    const now = await readAll(this.#parts);
    const { throttledMs } = usedSince(this.#before.group, now.group);
    const threads = threadsSince(this.#before.threads, now.threads);
    return crowdedOut({ elapsedMs: now.atMs - this.#before.atMs, withinMs, threads, throttledMs });
  }

  /** Waits for the work; rejects at the end of its time where it is in vain. */
  async unlessInVain<T>(work: Promise<T>, withinMs: number): Promise<T> {
    if (withinMs === 0) return work;
    let cancel: () => void = () => undefined;
    const inVain = new Promise<never>((_, reject) => {
      const look = async (): Promise<void> => {
        const why = await this.whyInVain(withinMs);
        if (why !== undefined) reject(why);
      };
      const leftMs = this.#before.atMs + withinMs - this.#parts.clock.monotonicMs();
      cancel = this.#parts.clock.setTimer(() => void look().catch(reject), leftMs);
    });
    try {
      return await Promise.race([work, inVain]);
    } finally {
      cancel();
    }
  }
}

async function readAll(parts: MeterParts): Promise<Reading> {
  const group = await (parts.readCgroup ?? readCgroup)();
  const threads = await (parts.readThreads ?? readThreads)();
  return { atMs: parts.clock.monotonicMs(), group, threads };
}
