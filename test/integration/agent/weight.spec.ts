import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
/** Prints the packages that a process has once it has loaded what `headframe agent start` runs. */
const SCRIPT = `
  import { createRequire } from 'node:module';
  const { cache } = createRequire(import.meta.url);
  await import('./agent/commands/start.ts');
  const names = Object.keys(cache).map((path) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(path)?.[1] ?? '');
  process.stdout.write(JSON.stringify([...new Set(names)]));
`;

describe('what an agent loads', () => {
  it('is none of what only others need: SSH, BuildKit, metrics that nobody asked for', async function () {
    this.timeout(30_000);
    const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT });
    const packages = JSON.parse(stdout) as string[]; // what the script prints
    expect(packages).to.include.members(['dockerode', '@grpc/grpc-js', 'pino']);
    for (const name of [
      'ssh2',
      'protobufjs',
      'prom-client',
      '@opentelemetry/api',
      'nats',
      'commander',
      'systeminformation',
    ])
      expect(packages, name).not.to.include(name);
  });
});
