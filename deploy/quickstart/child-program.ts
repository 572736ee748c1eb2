import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { HeadframeError } from '../../common/model/error.js';
import { HEADFRAME_PROGRAM } from './root.js';

/** How a program is started. */
export interface ProgramSettings {
  /** For people. */
  readonly name: string;
  /** Another program than `headframe`. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logPath: string;
  /** Told when it ends without having been asked to. */
  readonly onUnexpectedEnd: (error: HeadframeError) => void;
}

const GRACE_MS = 20_000;
const TAIL_LINES = 15;

/** A program in the background, a `headframe` one unless another is named, in a session of its own so that a Ctrl-C reaches it through us alone. */
export class ChildProgram {
  readonly #settings: ProgramSettings;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #stopping = false;

  constructor(settings: ProgramSettings) {
    this.#settings = settings;
    const log = openSync(settings.logPath, 'a', 0o600);
    const own = settings.command === undefined ? [HEADFRAME_PROGRAM] : [];
    this.#child = spawn(settings.command ?? process.execPath, [...own, ...settings.args], {
      env: settings.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(error.message, resolve));
      this.#child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code ?? 0}`, resolve));
    });
  }

  /** Asks it to end; insists after 20 s, or at once when forced. */
  async stop(force: AbortSignal): Promise<void> {
    this.#stopping = true;
    const kill = (): boolean => this.#child.kill('SIGKILL');
    const timer = setTimeout(kill, GRACE_MS);
    force.addEventListener('abort', kill);
    this.#child.kill('SIGTERM');
    if (force.aborted) kill();
    await this.#ended;
    clearTimeout(timer);
    force.removeEventListener('abort', kill);
  }

  /** Ends it as a crash does, without a chance to say goodbye; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #end(how: string, resolve: () => void): void {
    resolve();
    if (this.#stopping) return;
    const { name, logPath, onUnexpectedEnd } = this.#settings;
    const tail = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    onUnexpectedEnd(
      new HeadframeError({
        code: 'unavailable',
        reason: 'program_ended',
        message: `the ${name} ended (${how}). The end of its log:\n${tail}`,
        remedy: 'Mend what the log tells, then start again.',
      }),
    );
  }
}
