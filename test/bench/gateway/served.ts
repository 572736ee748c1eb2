import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of the benchmark that tells the port at which it serves. */
export interface Served {
  readonly port: number;
  stop(): void;
}

/** Starts one of this folder in a process of its own. */
export async function serve(name: string, ...args: readonly string[]): Promise<Served> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('its output was piped');
  // What is printed is one line.
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { port: Number(line), stop: () => child.kill() };
}
