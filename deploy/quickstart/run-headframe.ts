import { spawn } from 'node:child_process';
import { HeadframeError } from '../../common/model/error.js';
import { HEADFRAME_PROGRAM, ROOT } from './root.js';

/** How a command is run. */
export interface RunSettings {
  readonly env: NodeJS.ProcessEnv;
  /** Where its results go. */
  readonly results: 'stdout' | 'stderr';
  readonly signal: AbortSignal;
}

/** Runs a `headframe` command to its end, showing the command and its output. Throws `HeadframeError` when it fails. */
export async function runHeadframe(args: readonly string[], { env, results, signal }: RunSettings): Promise<void> {
  signal.throwIfAborted();
  const shown = ['headframe', ...args].join(' ');
  (results === 'stdout' ? process.stdout : process.stderr).write(`\n$ ${shown}\n`);
  const code = await new Promise<number>((resolve, reject) => {
    const out = results === 'stdout' ? 'inherit' : 2;
    const child = spawn(process.execPath, [HEADFRAME_PROGRAM, ...args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', out, 'inherit'],
      detached: true,
    });
    const kill = (): boolean => child.kill('SIGTERM');
    signal.addEventListener('abort', kill);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      signal.removeEventListener('abort', kill);
      resolve(exitCode ?? 1);
    });
  });
  signal.throwIfAborted();
  if (code === 0) return;
  throw new HeadframeError({
    code: 'internal',
    reason: 'command_failed',
    message: `${shown} failed with exit code ${code}`,
    remedy: 'See what it says above.',
  });
}
