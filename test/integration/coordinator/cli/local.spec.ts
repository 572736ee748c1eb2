import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../../../../coordinator/cli/program.js';
import { openLowdbStore } from '../../../../coordinator/store/index.js';
import { captureWorld } from '../../../support/captured-world.js';
import type { WorldOptions } from '../../../support/captured-world.js';
import { errorOf, jsonOf } from '../../../support/cli-fixture.js';
import type { CliRun } from '../../../support/cli-fixture.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const run = async (argv: readonly string[], options: WorldOptions = {}): Promise<CliRun> => {
  const world = captureWorld(options);
  const code = await runCli(argv, world);
  return { code, stdout: world.stdout.text, stderr: world.stderr.text };
};
const nobody = ['--address', '127.0.0.1:1', '--insecure-loopback'];

describe('headframe without a coordinator', () => {
  it('says who does not answer', async () => {
    const ran = await run([...nobody, 'miners', 'ls', '-o', 'json']);
    expect(ran).to.include({ code: 5, stdout: '' });
    expect(errorOf(ran).reason).to.equal('coordinator_unreachable');
    expect(errorOf(ran).message).to.contain('127.0.0.1:1');
  });

  it('refuses what it does not know, with what was meant', async () => {
    for (const [argv, meant] of [
      [['miner', 'ls'], 'miners'],
      [['miners', 'lst'], 'ls'],
      [['miners', 'ls', '--lable', 'a=b'], '--label'],
    ] as const) {
      const ran = await run([...argv]);
      expect(ran.code, argv.join(' ')).to.equal(2);
      expect(ran.stderr).to.contain(meant);
    }
  });

  it('refuses wrong usage for programs as JSON', async () => {
    const ran = await run(['-o', 'json', 'miners', 'scale', 'web']);
    expect(ran.code).to.equal(2);
    expect(errorOf(ran).reason).to.equal('usage');
    expect((await run(['miners', 'ls', '-o', 'xml'])).code).to.equal(2);
  });

  it('prints help to stdout when asked, and to stderr when it is needed', async () => {
    expect(await run(['miners', '--help'])).to.include({ code: 0, stderr: '' });
    expect(await run(['help', 'miners'])).to.include({ code: 0, stderr: '' });
    expect(await run(['miners'])).to.include({ code: 2, stdout: '' });
    expect(await run([])).to.include({ code: 2, stdout: '' });
    expect((await run(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it('tells its own version when nobody answers', async () => {
    expect(jsonOf(await run([...nobody, 'version', '-o', 'json']))).to.include({ coordinator: null });
    expect(jsonOf(await run(['--address', '127.0.0.1:1', 'version', '-o', 'json']))).to.include({ coordinator: null });
  });

  it('colours only terminals that take it', async () => {
    const escape = '\u001B[';
    const coloured = async (options: WorldOptions, ...argv: string[]): Promise<boolean> =>
      (await run([...nobody, 'status', ...argv], options)).stderr.includes(escape);
    expect(await coloured({ terminal: true })).to.equal(true);
    expect(await coloured({})).to.equal(false);
    expect(await coloured({ terminal: true, env: { NO_COLOR: '1' } })).to.equal(false);
    expect(await coloured({ terminal: true, env: { TERM: 'dumb' } })).to.equal(false);
    expect(await coloured({ terminal: true }, '--no-color')).to.equal(false);
  });
});

describe('headframe contexts', () => {
  it('keeps coordinators under names and goes by the one that is chosen', async () => {
    await using temp = await makeTempDir();
    const at = { home: temp.path };
    const addressOf = async (options: WorldOptions, ...argv: string[]): Promise<string> =>
      errorOf(await run(['status', '-o', 'json', ...argv], { ...at, ...options })).message;
    await run(['contexts', 'set', 'one', '--address', '127.0.0.1:1'], at);
    await run(['contexts', 'set', 'two', '--address', '127.0.0.1:2'], at);
    expect(await addressOf({})).to.contain('127.0.0.1:1');
    expect(await addressOf({ env: { HEADFRAME_CONTEXT: 'two' } })).to.contain('127.0.0.1:2');
    expect(await addressOf({ env: { HEADFRAME_ADDRESS: '127.0.0.1:3' } })).to.contain('127.0.0.1:3');
    expect(await addressOf({ env: { HEADFRAME_ADDRESS: '127.0.0.1:3' } }, '--context', 'two')).to.contain(
      '127.0.0.1:2',
    );
    expect((await run(['contexts', 'use', 'two'], at)).code).to.equal(0);
    expect(jsonOf(await run(['contexts', 'ls', '-o', 'json'], at))).to.deep.equal({
      currentContext: 'two',
      contexts: { one: { address: '127.0.0.1:1' }, two: { address: '127.0.0.1:2' } },
    });
    expect((await run(['contexts', 'rm', 'two'], at)).code).to.equal(0);
    expect((await run(['contexts', 'use', 'two'], at)).code).to.equal(3);
    expect((await run(['contexts', 'set', 'three'], at)).code).to.equal(2);
    expect(await readFile(join(temp.path, '.config/headframe/config.yaml'), 'utf8')).to.not.contain('two');
  });

  it('says what is wrong with the file', async () => {
    await using temp = await makeTempDir();
    const file = join(temp.path, 'config.yaml');
    await writeFile(file, 'context: {}\n');
    const ran = await run(['contexts', 'ls', '-o', 'json'], { env: { HEADFRAME_CONFIG: file } });
    expect(ran.code).to.equal(2);
    expect(errorOf(ran).violations[0]).to.include({ document: file, path: 'context' });
  });
});

describe('headframe store', () => {
  it('backs up, checks, repairs and restores', async () => {
    await using temp = await makeTempDir();
    const folder = join(temp.path, 'data');
    const backup = join(temp.path, 'backup.tar');
    await mkdir(folder);
    const store = openLowdbStore(folder);
    await store.load();
    await store.close();
    const inFolder = (...argv: string[]): Promise<CliRun> =>
      run(['store', ...argv, '--data-dir', folder, '-o', 'json'], {});
    expect(jsonOf(await inFolder('check'))).to.include({ ok: true });
    expect((await inFolder('backup', backup)).code).to.equal(0);
    expect((await inFolder('backup', backup)).code).to.equal(4);
    expect((await inFolder('restore', backup)).code).to.equal(2);
    expect((await inFolder('restore', backup, '--yes')).code).to.equal(4);
    expect(jsonOf(await inFolder('restore', backup, '--yes', '--force')).folder).to.equal(folder);
    expect((await inFolder('repair')).code).to.equal(2);
    expect(jsonOf(await inFolder('repair', '--yes'))).to.deep.include({ moved: [], lostRevisions: 0 });
  });
});

describe('headframe as other programs', () => {
  it('hands the coordinator its configuration from flags, file and environment', async () => {
    await using temp = await makeTempDir();
    const file = join(temp.path, 'coordinator.yaml');
    await writeFile(file, 'heartbeatPeriod: 1s\nlog: { level: warn }\n');
    const seen: unknown[] = [];
    const programs = { coordinator: async (config: unknown) => seen.push(config) && 70 };
    const argv = ['coordinator', 'start', '--config', file, '--listen', '127.0.0.1:7', '--log-level', 'error'];
    const ran = await run(argv, { programs, env: { HEADFRAME_COORDINATOR_DATA_DIR: '/data' } });
    expect(ran.code).to.equal(70);
    expect(seen[0]).to.deep.include({ listen: '127.0.0.1:7', dataDir: '/data', heartbeatPeriodMs: 1000 });
    expect(seen[0]).to.have.nested.property('log.level', 'error');
    expect((await run(['coordinator', 'start', '--listen', '7'], { programs })).code).to.equal(2);
    expect(seen).to.have.length(1);
  });

  it('hands the agent its arguments as they are', async () => {
    const seen: unknown[] = [];
    const programs = { agent: async (argv: readonly string[]) => seen.push(...argv) && 1 };
    const ran = await run(['agent', 'doctor', '--data-dir', '/x', '--docker', 'y'], { programs });
    expect(ran.code).to.equal(1);
    expect(seen).to.deep.equal(['doctor', '--data-dir', '/x', '--docker', 'y']);
  });
});

describe('headframe completion', () => {
  it('prints a script that bash reads', async () => {
    const { stdout } = await run(['completion', 'bash']);
    const code = await new Promise((resolve) => {
      const bash = execFile('bash', ['-n'], (error) => {
        resolve(error?.code ?? 0);
      });
      bash.stdin?.end(stdout);
    });
    expect(code).to.equal(0);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`asks the program itself for candidates in ${shell}`, async () => {
      expect((await run(['completion', shell])).stdout).to.contain('headframe __complete');
    });
  }

  it('offers commands, and no names while nobody answers', async () => {
    expect((await run(['__complete', 'hosts', 'un'])).stdout).to.equal('uncordon\n');
    const env = { HEADFRAME_ADDRESS: '127.0.0.1:1' };
    expect(await run(['__complete', 'miners', 'show', ''], { env })).to.deep.equal({ code: 0, stdout: '', stderr: '' });
  });
});
