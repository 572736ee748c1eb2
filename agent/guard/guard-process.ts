import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Clock } from '../../common/model/clock.js';
import { GUARD_PERIOD_MS } from '../../common/model/host-lease.js';
import { isAlive } from '../host/index.js';
import type { ProcessIdentity } from '../host/index.js';
import { runtimeError } from '../runtime/runtime-error.js';
import { GUARD_VERSION } from './guard-folder.js';
import type { GuardFolder } from './guard-folder.js';
import { GUARD_SCRIPT } from './guard-script.js';

const STEP_MS = 10;
/** How long a guard may take to say that it is there. */
const START_WITHIN_MS = 5_000;
/** Ahead of what it may have to end, on a machine that has no time for anything. */
const PRIORITY = -15;

/** The guard's process: started apart from the agent, and found again by the next. */
export class GuardProcess {
  readonly #folder: GuardFolder;
  readonly #bootId: string;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #starting: Promise<void> | undefined;

  /** `onEnd` is called when a guard that was started here has ended. */
  constructor(folder: GuardFolder, parts: { readonly bootId: string; readonly clock: Clock; onEnd: () => void }) {
    this.#folder = folder;
    this.#bootId = parts.bootId;
    this.#clock = parts.clock;
    this.#onEnd = parts.onEnd;
  }

  /** The guard that runs now. */
  get running(): ProcessIdentity | undefined {
    const guard = this.#folder.readGuard(this.#bootId);
    return guard !== undefined && isAlive(guard) ? guard : undefined;
  }

  /** Starts a guard unless one runs. Throws `HeadframeError` (guard_failed) when none comes up. */
  async ensure(): Promise<void> {
    if (this.running !== undefined) return;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  async #start(): Promise<void> {
    const args = [this.#folder.path, String(Math.floor(GUARD_PERIOD_MS / 10)), GUARD_VERSION];
    const child = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'headframe-guard', ...args], {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      detached: true,
      stdio: 'ignore',
    });
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    child.once('exit', this.#onEnd);
    child.unref();
    const endMs = this.#clock.monotonicMs() + START_WITHIN_MS;
    while (this.running?.pid !== child.pid || child.pid === undefined) {
      if (failure !== undefined || child.exitCode !== null || this.#clock.monotonicMs() >= endMs)
        throw runtimeError('guard_failed', 'the guard of exclusive instances did not start', { cause: failure });
      await this.#clock.sleep(STEP_MS, NEVER);
    }
    hurry(child.pid);
  }
}

/** For waits that have a deadline of their own. */
const NEVER = new AbortController().signal;

function hurry(pid: number): void {
  try {
    setPriority(pid, PRIORITY);
  } catch {
    // Only root may; without it the guard waits its turn like anybody.
  }
}
