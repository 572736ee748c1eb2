import { execFile, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { describeWithDocker, testImage } from '../support/docker.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const PYTHON = process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3';
const PROTO = join(import.meta.dirname, '../../proto');
const CLIENT = join(import.meta.dirname, 'python/client.py');

const run = promisify(execFile);

/** What the client prints while its miner runs. */
interface Seen {
  readonly health: string;
  readonly hosts: readonly string[];
  readonly refused: Failure;
  readonly missing: Failure;
  readonly after_refusal: number;
  readonly changes: readonly string[];
  readonly containers: readonly string[];
}

interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
  readonly paths: readonly string[];
}

describeWithDocker("a Python client with Debian's gRPC and generated stubs", function () {
  this.timeout(90_000);

  it('applies, watches and deletes a miner, and reads errors and health', async () => {
    await using temp = await makeTempDir();
    await generateStubs(temp.path);
    const fleet = await RunningFleet.open({ alpha: {}, beta: {} });
    try {
      const client = spawn(PYTHON, [CLIENT, temp.path, fleet.address, testImage, fleet.adminFolder], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => client.once('close', resolve));
      const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
      const seen = await jsonLine<Seen>(lines);
      expect(seen.health).to.equal('SERVING');
      expect(seen.hosts).to.have.members(['alpha', 'beta']);
      expect(seen.refused).to.include({ code: 'INVALID_ARGUMENT', reason: 'manifest_invalid' });
      expect(seen.refused.paths).to.have.members(['name', 'container.image']);
      expect(seen.missing).to.include({ code: 'NOT_FOUND', reason: 'miner_not_found' });
      expect(seen.missing.remedy).not.to.equal('');
      expect(seen.after_refusal).to.equal(0);
      expect(seen.changes).to.deep.equal(['APPLY_CHANGE_CREATED', 'APPLY_CHANGE_UNCHANGED']);

      const containers = await fleet.containers('from-python');
      expect(containers.map(({ Id }) => Id)).to.have.members(seen.containers);
      for (const { Config, State } of containers) {
        expect(State.Running).to.equal(true);
        expect(Config.Env).to.include('SPOKEN=python');
        expect(Config.Labels['headframe.label.client']).to.equal('python');
      }

      client.stdin.end('go on\n');
      expect(await jsonLine(lines)).to.deep.equal({ deleted: true });
      expect(await ended).to.equal(0);
      await fleet.until('the containers to go', async () => (await fleet.containers('from-python')).length === 0);
    } finally {
      await fleet.close();
    }
  });
});

async function generateStubs(folder: string): Promise<void> {
  const ours = (await readdir(join(PROTO, 'headframe/v1'))).map((name) => `headframe/v1/${name}`);
  const protos = [...ours, 'grpc/health/v1/health.proto'];
  const plugin = `--plugin=protoc-gen-grpc_python=${await which('grpc_python_plugin')}`;
  await run('protoc', [plugin, `-I${PROTO}`, `--python_out=${folder}`, `--grpc_python_out=${folder}`, ...protos]);
}

async function which(program: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `command -v ${program}`]);
  return stdout.trim();
}

async function jsonLine<T>(lines: AsyncIterator<string, unknown>): Promise<T> {
  const next = await lines.next();
  if (next.done === true) throw new Error('the client ended before it told anything');
  return JSON.parse(next.value) as T; // as the client's own page says
}
