import { execFile } from 'node:child_process';
import { errnoOf } from './errno.js';

/** How a program ended: with output, not installed, or failed (too slow included) with what it said. */
export type CommandOutcome =
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly detail: string };

/** Runs a program without a shell. */
export type RunCommand = (file: string, args: readonly string[], timeoutMs: number) => Promise<CommandOutcome>;

const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Runs a program, kills it after `timeoutMs`, keeps at most 1 MiB of its output; never rejects. */
export const runCommand: RunCommand = (file, args, timeoutMs) =>
  new Promise((resolve) => {
    const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES } as const;
    execFile(file, args, limits, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'output', text: stdout });
      else if (errnoOf(error) === 'ENOENT') resolve({ kind: 'missing' });
      else if (error.killed === true) resolve({ kind: 'failed', detail: `${file} gave no answer in ${timeoutMs} ms` });
      else resolve({ kind: 'failed', detail: firstLine(stderr) ?? firstLine(stdout) ?? error.message });
    });
  });

function firstLine(text: string): string | undefined {
  return text.split('\n').find((line) => line.trim() !== '');
}
