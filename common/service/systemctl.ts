import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Clock } from '../model/clock.js';
import { serviceError } from './service-error.js';
import type { ServiceOptions } from './service-spec.js';

const WITHIN_MS = 60_000;
const LOOK_MS = 200;
const NEVER = new AbortController().signal;

/** Runs a program of the system and resolves with its standard output; rejects with what it said. */
export function run(file: string, args: readonly string[], folder = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: WITHIN_MS, cwd: folder }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ').slice(0, 200)}: ${stderr.trim() || error.message}`));
    });
  });
}

/** Throws HeadframeError where a service of this machine is to be changed, and systemd is not at work, or this is not root. */
export function requireSystemd({ root, dryRun }: Pick<ServiceOptions, 'root' | 'dryRun'>): void {
  if (root !== '/' || dryRun) return;
  if (process.geteuid?.() !== 0) throw serviceError('not_root', 'only root may change services');
  if (!existsSync('/run/systemd/system')) throw serviceError('no_systemd', 'systemd does not run on this machine');
}

/** Release number of systemd; 0 when it cannot be told. */
export async function systemdVersion(): Promise<number> {
  const text = await run('systemctl', ['--version']).catch(() => '');
  return Number(/^systemd (\d+)/.exec(text)?.[1] ?? 0);
}

/** A property of a unit, such as `ActiveState`. */
export async function showOf(unit: string, property: string): Promise<string> {
  return (await run('systemctl', ['show', `--property=${property}`, '--value', unit])).trim();
}

/** Waits until a service is active, at most so long, of 0 not at all; throws HeadframeError (not_active) with its last lines when it is not in time. */
export async function waitActive(unit: string, waitMs: number, clock: Clock): Promise<void> {
  if (waitMs === 0) return;
  const endMs = clock.monotonicMs() + waitMs;
  let state = await showOf(unit, 'ActiveState');
  while (state !== 'active') {
    if (state === 'failed' || clock.monotonicMs() >= endMs) {
      const log = await run('journalctl', ['--unit', unit, '--lines=15', '--no-pager', '--output=cat']).catch(() => '');
      throw serviceError('not_active', `${unit} is ${state}, not active\n${log.trim()}`);
    }
    await clock.sleep(LOOK_MS, NEVER);
    state = await showOf(unit, 'ActiveState');
  }
}
