import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** The compiled `headframe` program; a build of one's own keeps out of the way of others. */
export const PROGRAM = programIn(process.env.HEADFRAME_TEST_DIST ?? join(import.meta.dirname, '../../dist'));

const living = new Set<ChildProcess>();
// A test run that ends early must not leave programs behind.
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(143)); // without this there would be no exit event

/** Where and with what a program runs, when that is not as usual. */
export interface ProgramPlace {
  /** Name of a network namespace. */
  readonly networkNamespace?: string;
  /** Command that runs the program, which is handed to it as further arguments. */
  readonly launcher?: readonly string[];
  /** Folder of another version's compiled programs. */
  readonly dist?: string;
  /** Over the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A compiled program of ours that runs as a process of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(
    args: readonly string[],
    logFile: string,
    { networkNamespace, launcher = [], dist, env }: ProgramPlace = {},
  ) {
    const program = dist === undefined ? PROGRAM : programIn(dist);
    const command = [...launcher, process.execPath, program, ...args];
    // Of a namespace the network alone, so that the control groups are seen as on any host.
    if (networkNamespace !== undefined) command.unshift('nsenter', `--net=/run/netns/${networkNamespace}`, '--');
    const [file = '', ...rest] = command;
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    living.add(child);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        living.delete(child);
        log.end();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Exit code once it has ended by itself. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Sends the signal and waits for the end of the process. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.running) this.#child.kill(signal);
    // One that was stopped must go on to hear of it.
    if (this.running) this.#child.kill('SIGCONT');
    await this.#ended;
  }

  /** Resolves when it has ended by itself. */
  ended(): Promise<void> {
    return this.#ended;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#child.kill(signal);
  }
}

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command to its end: `headframe ARGS`. */
export function runHeadframe(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<CommandResult> {
  const env = { ...process.env, ...options.env };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], { env, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(options.input ?? '');
  });
}

/** A command that runs on, as with `--follow`; its output is kept as it comes. */
export class RunningCommand implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  #stdout = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...env } });
    child.stdout.on('data', (data: Buffer) => (this.#stdout += data.toString()));
    child.stderr.resume();
    living.add(child);
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        living.delete(child);
        resolve(code ?? 1);
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Ends it as Ctrl-C does; resolves with its exit code. */
  interrupt(): Promise<number> {
    this.#child.kill('SIGINT');
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
  }

  /** Resolves with the exit code when it ends by itself. */
  ended(): Promise<number> {
    return this.#ended;
  }
}

function programIn(dist: string): string {
  return join(dist, 'coordinator/cli/main.js');
}
