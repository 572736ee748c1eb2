import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const REGISTER = new URL('./register.mjs', import.meta.url).href;

/** Node's flags that run TypeScript as compiled, as fast as the product; with as much young memory as the coordinator has. */
export const PLAIN_FLAGS: readonly string[] = ['--max-semi-space-size=64', '--import', REGISTER];

/** Runs a benchmark's program with this process's arguments, and ends this one as it ends. */
export async function runPlain(program: URL): Promise<void> {
  const args = [...PLAIN_FLAGS, fileURLToPath(program), ...process.argv.slice(2)];
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
