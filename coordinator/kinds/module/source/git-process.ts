import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Clock } from '../../../../common/model/clock.js';

/** One run of git. */
export interface GitRun {
  readonly args: readonly string[];
  /** Its working folder and home; it is to write nowhere else. */
  readonly folder: string;
  /** Protocols that it may speak. */
  readonly protocols: readonly ('https' | 'file')[];
  /** Further settings, each `name=value`. */
  readonly config?: readonly string[];
  readonly input?: string;
  readonly limitMs: number;
  /** Size of any file that it writes, and of its output. */
  readonly fileBytes: number;
  readonly outputBytes: number;
}

/** How a run ended: with its output, failed with what it said, or ended for one of its limits. */
export type GitOutcome =
  | { readonly kind: 'done'; readonly output: Buffer }
  | { readonly kind: 'failed'; readonly said: string }
  | { readonly kind: 'missing' | 'timeout' | 'flood' };

/** What a run of git needs of its process. */
export interface GitParts {
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Memory that it may map, in KiB, and its time on a processor in seconds. */
const MOST_MEMORY_KIB = 4 * 2 ** 20;
const MOST_CPU_S = 600;
/** What it says of a failure is short. */
const MOST_SAID = 16 * 1024;
/** The unit of `ulimit -f`. */
const FILE_UNIT = 512;
/** Of the shell's and nice's own: there is no such program. */
const NO_PROGRAM = 127;

/** The kernel keeps git within its limits. Where one cannot be set, a stricter one has to hold already. */
const LIMITED = [
  'within() { ulimit "$1" "$2" 2>/dev/null || [ "$(ulimit "$1")" -le "$2" ] || exit 126; }',
  'within -c 0; within -f "$1"; within -v "$2"; within -t "$3"; shift 3; exec nice -n 10 git "$@"',
].join('; ');

/** Nothing that a repository holds or a machine's settings name is run, asked for or followed. */
const SAFE = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.attributesFile=/dev/null', 'core.symlinks=false'],
  ...['credential.helper=', 'http.followRedirects=false', 'http.lowSpeedLimit=1000', 'http.lowSpeedTime=30'],
  ...['submodule.recurse=false', 'fetch.recurseSubmodules=false', 'gc.auto=0', 'maintenance.auto=false'],
  // One file for all that a fetch brings, which the kernel can limit, and no large file in memory.
  ...['fetch.unpackLimit=1', 'transfer.unpackLimit=1', 'core.bigFileThreshold=16m', 'pack.threads=1'],
  'protocol.version=2',
];

/** The environment of git: nothing of the coordinator's own. */
function environmentOf({ folder, protocols }: GitRun): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    GIT_ALLOW_PROTOCOL: protocols.length === 0 ? 'none' : protocols.join(':'),
    GIT_NO_LAZY_FETCH: '1',
    GIT_CEILING_DIRECTORIES: folder,
  };
}

/** Runs git within its limits, and ends it with all that it has started when one is reached or the signal says so. */
export async function runGit(run: GitRun, { clock }: GitParts, signal: AbortSignal): Promise<GitOutcome> {
  signal.throwIfAborted();
  const config = [...SAFE, ...(run.config ?? [])].flatMap((one) => ['-c', one]);
  const limits = [Math.ceil(run.fileBytes / FILE_UNIT), MOST_MEMORY_KIB, MOST_CPU_S].map(String);
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...limits, ...config, ...run.args], {
    cwd: run.folder,
    env: environmentOf(run),
    // A process group of its own, which ends as a whole.
    detached: true,
    stdio: 'pipe',
  });
  let outcome: GitOutcome | undefined;
  const end = (because?: 'timeout' | 'flood') => () => {
    if (because !== undefined) outcome ??= { kind: because };
    endGroup(child);
  };
  const cancelTimer = clock.setTimer(end('timeout'), run.limitMs);
  const abort = end();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    const ended = await endOf(child, run, end('flood'));
    signal.throwIfAborted();
    return outcome ?? ended;
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', abort);
  }
}

function endGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Resolves when the program and all that hold its output have ended. */
function endOf(child: ChildProcessWithoutNullStreams, run: GitRun, flood: () => void): Promise<GitOutcome> {
  const output: Buffer[] = [];
  let bytes = 0;
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > run.outputBytes) flood();
    else output.push(chunk);
  });
  child.stderr.setEncoding('latin1').on('data', (text: string) => (said = (said + text).slice(-MOST_SAID)));
  // A program that ends early takes its input's end with it; its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input ?? '');
  return new Promise((resolve) => {
    child.once('error', () => resolve({ kind: 'missing' }));
    child.once('close', (code) => {
      if (code === 0) resolve({ kind: 'done', output: Buffer.concat(output) });
      else resolve(code === NO_PROGRAM ? { kind: 'missing' } : { kind: 'failed', said });
    });
  });
}
