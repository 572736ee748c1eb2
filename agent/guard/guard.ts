import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { runtimeError } from '../runtime/runtime-error.js';
import type { StoredLease } from '../state/agent-state.js';
import type { GuardFolder, GuardedInstance } from './guard-folder.js';
import { GuardProcess } from './guard-process.js';

/** What a guard works with. */
export interface GuardParts {
  readonly folder: GuardFolder;
  readonly bootId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the guard is looked after. */
const LOOK_MS = 500;

/**
 * The agent's side of its guard, a process that outlives it and ends what lives by the host lease when that has run out.
 *
 * Invariants: an instance is written down, and the guard runs, before it is started; it is struck out only once it is
 * gone. The lease that the guard reads is never longer than the agent's own.
 */
export class Guard {
  readonly #parts: GuardParts;
  readonly #process: GuardProcess;
  readonly #instances = new Map<number, GuardedInstance>();
  /** Written down by an earlier agent and not seen yet. */
  readonly #inherited = new Set<number>();
  #nextLease: StoredLease | undefined;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #poke: () => void = () => undefined;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    const onEnd = (): void => {
      this.#poke();
    };
    this.#process = new GuardProcess(parts.folder, { ...parts, onEnd });
  }

  /** Takes over what an earlier agent had guarded; `lease` is what it last held. */
  async open(lease: StoredLease | undefined): Promise<void> {
    const { folder } = this.#parts;
    await folder.open();
    for (const instance of folder.readInstances()) {
      this.#instances.set(instance.serial, instance);
      this.#inherited.add(instance.serial);
    }
    if (lease !== undefined && !folder.hasLease()) await folder.writeLease(lease);
  }

  /** Has the guard go by this lease from now on; one that cannot be written leaves it the earlier one. */
  renew(lease: StoredLease): void {
    const isUnderWay = this.#nextLease !== undefined;
    this.#nextLease = lease;
    if (!isUnderWay) void this.#writeLease();
  }

  /** Guards an instance; resolves once nothing can let it outlive the lease. Throws `HeadframeError` (guard_failed). */
  async cover(instance: GuardedInstance): Promise<void> {
    const { serial, target, graceMs } = instance;
    const known = this.#instances.get(serial);
    this.#inherited.delete(serial);
    if (known?.target !== target || known.graceMs !== graceMs) {
      this.#instances.set(serial, instance);
      await this.#writeInstances();
    }
    await this.#process.ensure();
  }

  /** Whether an instance is guarded. */
  covers(serial: number): boolean {
    return this.#instances.has(serial);
  }

  /** Makes sure that the guard of an instance is there. Throws `HeadframeError` (guard_failed) when it cannot be. */
  async ensure(serial: number): Promise<void> {
    if (this.#instances.has(serial)) await this.#process.ensure();
  }

  /** Somebody asks the instance to stop: the guard is not to ask again, but goes on to see to its end. Never rejects. */
  async asked(serial: number): Promise<void> {
    const known = this.#instances.get(serial);
    if (known === undefined || known.graceMs === 0) return;
    this.#instances.set(serial, { ...known, graceMs: 0 });
    await this.#tellFailure(this.#writeInstances());
  }

  /** The instance is gone for good. */
  async release(serial: number): Promise<void> {
    if (!this.#instances.delete(serial)) return;
    this.#inherited.delete(serial);
    await this.#tellFailure(this.#writeInstances());
  }

  /** Of what an earlier agent had guarded only these are still there. */
  async keepOnly(serials: ReadonlySet<number>): Promise<void> {
    const gone = [...this.#inherited].filter((serial) => !serials.has(serial));
    this.#inherited.clear();
    for (const serial of gone) this.#instances.delete(serial);
    if (gone.length > 0) await this.#tellFailure(this.#writeInstances());
  }

  /** Looks after the guard until the signal: one that has ended while it is needed is started again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const poked = new AbortController();
      this.#poke = () => {
        poked.abort();
      };
      if (this.#instances.size > 0 && this.#process.running === undefined) {
        logger.warn('the guard of exclusive instances is not there: starting it');
        await this.#tellFailure(this.#process.ensure());
      }
      const pause = AbortSignal.any([signal, poked.signal]);
      await clock.sleep(LOOK_MS, pause).catch(() => undefined);
    }
  }

  /** Lets go; the guard goes on as long as anything is left to guard. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#parts.folder.close();
  }

  /** One write at a time; what comes meanwhile is written next, the latest alone. */
  async #writeLease(): Promise<void> {
    for (let lease = this.#nextLease; lease !== undefined; lease = this.#nextLease) {
      const written = lease;
      this.#writing = this.#writing.then(() => this.#tellFailure(this.#parts.folder.writeLease(written)));
      await this.#writing;
      if (this.#nextLease === written) this.#nextLease = undefined;
    }
  }

  #writeInstances(): Promise<void> {
    this.#waiting ??= this.#writing.then(() => {
      this.#waiting = undefined;
      return this.#parts.folder.writeInstances(this.#instances.values()).catch((cause: unknown) => {
        throw runtimeError('guard_failed', 'what is to be guarded cannot be written down', { cause });
      });
    });
    const written = this.#waiting;
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #tellFailure(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#parts.logger.error(
        { err: toHeadframeError(error) },
        'exclusive instances are not guarded as they should be',
      );
    }
  }
}
