import { join, resolve } from 'node:path';
import type { Clock } from '../../common/model/clock.js';
import { GUARD_CAPABILITY } from '../../common/model/host.js';
import type { Assignment } from '../../common/model/workload.js';
import type { Logger } from '../../common/observe/logger.js';
import { isExclusive } from '../reconcile/plan.js';
import type { ObservedInstance, Runtime } from '../runtime/runtime.js';
import type { StoredLease } from '../state/agent-state.js';
import { seesMember } from './can-guard.js';
import { Guard } from './guard.js';
import { GuardFolder } from './guard-folder.js';
import { GuardedRuntime } from './guarded-runtime.js';

/** What an agent's guarding is made of. */
export interface GuardingOptions {
  /** Why no guard can work here; '' where one can. */
  readonly unguarded: string;
  readonly dataDir: string;
  readonly bootId: string;
  /** The lease that an earlier run of the agent held last. */
  readonly lease: StoredLease | undefined;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How far what lives by the host lease is sure to end with it on this host, whatever becomes of the agent. */
export class Guarding {
  /** The runtime to use: it starts nothing exclusive before its guard knows of it. */
  readonly runtime: Runtime;
  readonly #guard: Guard | undefined;
  readonly #logger: Logger;
  #isBlind = false;

  constructor(runtime: Runtime, guard: Guard | undefined, logger: Logger) {
    this.runtime = guard === undefined ? runtime : new GuardedRuntime(runtime, guard);
    this.#guard = guard;
    this.#logger = logger;
  }

  /** Takes over what an earlier run of the agent had guarded. */
  static async open({ unguarded, dataDir, lease, runtime, ...parts }: GuardingOptions): Promise<Guarding> {
    const { logger } = parts;
    if (unguarded !== '') {
      logger.warn({ why: unguarded }, 'nothing ends exclusive instances here when the agent cannot');
      return new Guarding(runtime, undefined, logger);
    }
    const guard = new Guard({ folder: new GuardFolder(join(resolve(dataDir), 'guard')), ...parts });
    await guard.open(lease);
    return new Guarding(runtime, guard, logger);
  }

  /** What the host can say of itself. */
  get capabilities(): readonly string[] {
    return this.#guard === undefined || this.#isBlind ? [] : [GUARD_CAPABILITY];
  }

  /** The host lease was renewed. */
  renew(lease: StoredLease): void {
    this.#guard?.renew(lease);
  }

  /**
   * Guards what runs already like what is yet to start. False when the guard has just been found not to see it: the
   * capabilities have changed.
   */
  follow(assignment: Assignment | undefined, observed: ObservedInstance | undefined): boolean {
    if (this.#guard === undefined || observed?.status !== 'running' || assignment === undefined) return true;
    if (!isExclusive(assignment)) return true;
    const { serial, workload } = assignment;
    const target = this.runtime.guardTarget(serial, observed.containerId);
    if (!this.#guard.covers(serial))
      this.#guard.cover({ ...target, serial, graceMs: workload.stopGraceMs }).catch((error: unknown) => {
        this.#logger.error({ err: error, serial }, 'an exclusive instance that runs already is not guarded');
      });
    const isSeen = target.kind === 'process' || seesMember(observed.pid, target.target) !== false;
    if (isSeen || this.#isBlind) return true;
    this.#isBlind = true;
    this.#logger.error('the processes of containers cannot be seen: nothing ends them when the agent cannot');
    return false;
  }

  /** Looks after the guard until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#guard?.run(signal);
  }

  /** Lets go; the guard goes on as long as anything is left to guard. */
  async close(): Promise<void> {
    await this.#guard?.close();
  }
}
