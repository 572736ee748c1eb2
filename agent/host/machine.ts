import { createRequire } from 'node:module';
import type { Systeminformation } from 'systeminformation';
import { z } from 'zod';
import type { RunCommand } from './command.js';

/** Names of the operating system and the CPU, for people. */
export interface MachineNames {
  readonly os: string;
  readonly cpuModel: string;
}

// systeminformation runs in a short-lived process of its own: it asks `hostname -f` synchronously, which waits for a
// name server that may not answer, and it would keep 9 MB in the agent for a question that is asked once.
const SCRIPT = `const si = require(process.argv[1]);
Promise.all([si.osInfo(), si.cpu()]).then(([os, cpu]) => process.stdout.write(JSON.stringify({ os, cpu })));`;

const TIMEOUT_MS = 15_000;

interface Answer {
  readonly os: Pick<Systeminformation.OsData, 'distro' | 'release'>;
  readonly cpu: Pick<Systeminformation.CpuData, 'manufacturer' | 'brand'>;
}

const ANSWER: z.ZodType<Answer> = z.object({
  os: z.object({ distro: z.string(), release: z.string() }),
  cpu: z.object({ manufacturer: z.string(), brand: z.string() }),
});

/** Asks systeminformation for the names; undefined when it gives no answer in 15 s. */
export async function readMachineNames(run: RunCommand): Promise<MachineNames | undefined> {
  const library = createRequire(import.meta.url).resolve('systeminformation');
  const outcome = await run(process.execPath, ['-e', SCRIPT, library], TIMEOUT_MS);
  return outcome.kind === 'output' ? parseMachineNames(outcome.text) : undefined;
}

/** Reads systeminformation's answer; undefined when it is not one. */
export function parseMachineNames(json: string): MachineNames | undefined {
  const answer = ANSWER.safeParse(parseJson(json));
  if (!answer.success) return undefined;
  const { os, cpu } = answer.data;
  return { os: joinNames(os.distro, os.release), cpuModel: joinNames(cpu.manufacturer, cpu.brand) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // cut short or not JSON: no answer either way
  }
}

function joinNames(...names: readonly string[]): string {
  return names.filter((name) => name !== '' && name !== 'unknown').join(' ');
}
