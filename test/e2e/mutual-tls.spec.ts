import { expect } from 'chai';
import { cp, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT_CODES } from '../../coordinator/cli/exit-codes.js';
import { TestFleet } from '../support/programs.js';
import { freePort } from '../support/free-port.js';
import { Program, runHeadframe } from '../support/program.js';
import type { CommandResult } from '../support/program.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

describe('a coordinator with mutual TLS', function () {
  this.timeout(60_000);

  it('obeys the identity that it made, and nobody without one, also after a restart', async () => {
    await using folder = await makeTempDir();
    const dataDir = join(folder.path, 'coordinator');
    const identity = join(dataDir, 'admin');
    const config = join(folder.path, 'client.yaml');
    const run = (...args: string[]): Promise<CommandResult> =>
      runHeadframe(args, { env: { HEADFRAME_CONFIG: config }, input: '' });
    let address = `127.0.0.1:${String(await freePort())}`;
    const start = async (): Promise<Program> => {
      const flags = ['--listen', address, '--data-dir', dataDir];
      const program = new Program(['coordinator', 'start', ...flags], join(folder.path, 'log'));
      address = await waitFor('the coordinator to listen', async () => {
        const text = await readFile(join(dataDir, 'coordinator.addr'), 'utf8').catch(() => '');
        return text === '' ? undefined : text.trim();
      });
      return program;
    };

    let coordinator = await start();
    try {
      const unnamed = await run('--address', address, '-o', 'json', 'status');
      expect(unnamed.code).to.equal(EXIT_CODES.permission.code);
      expect(unnamed.stderr).to.include('identity_missing');
      const inClear = await run('--address', address, '--insecure-loopback', '-o', 'json', 'status');
      expect(inClear.code).to.equal(EXIT_CODES.unavailable.code);
      expect(inClear.stderr).to.include('coordinator_unreachable');
      expect((await run('contexts', 'set', 'fleet', '--address', address, '--identity', identity)).code).to.equal(0);
      expect((await run('status')).code).to.equal(0);
      const missing = await run('--address', address, '--identity', join(folder.path, 'none'), '-o', 'json', 'status');
      expect(missing.stderr).to.include('identity_unreadable');

      const keys = await readdir(identity);
      expect(keys.sort()).to.deep.equal(['authorities.pem', 'certificate.pem', 'key.pem']);
      for (const name of keys) expect((await stat(join(identity, name))).mode & 0o777).to.equal(0o600);
      expect(await readFile(join(dataDir, 'authority', 'authority.json'), 'utf8')).not.to.include('PRIVATE KEY');

      await coordinator.end('SIGTERM');
      coordinator = await start();
      expect((await run('status')).code).to.equal(0);
    } finally {
      await coordinator.end('SIGTERM');
    }
  });

  it('serves in clear only when every program is told so, and only to its own machine', async () => {
    await using folder = await makeTempDir();
    const fleet = new TestFleet(folder.path, { insecure: true });
    const env = { HEADFRAME_ADDRESS: fleet.address, HEADFRAME_CONFIG: join(folder.path, 'none.yaml') };
    const run = (...args: string[]): Promise<CommandResult> => runHeadframe(args, { env, input: '' });
    try {
      await fleet.startCoordinator();
      await fleet.startAgent('alpha', { flags: ['--runtime', 'process'] });
      await fleet.hostsReady(1);
      env.HEADFRAME_ADDRESS = fleet.address;
      expect((await run('--insecure-loopback', 'status')).code).to.equal(0);
      expect((await run('token', 'create', '--insecure-loopback', '-o', 'json')).stderr).to.include(
        'security_plaintext',
      );
      expect((await run('status', '-o', 'json')).stderr).to.include('identity_missing');
      const identity = join(folder.path, 'identity');
      await cp(new URL('../support/tls', import.meta.url), identity, { recursive: true });
      await cp(join(identity, 'certificate.pem'), join(identity, 'authorities.pem'));
      const secured = await run('--identity', identity, '-o', 'json', 'status');
      expect(secured.code).to.equal(EXIT_CODES.unavailable.code);
      expect(secured.stderr).to.include('"no_tls"');
    } finally {
      await fleet.close();
    }
    const far = ['--insecure-loopback', '--address', '192.0.2.1:7700', '-o', 'json'];
    expect((await run(...far, 'status')).stderr).to.include('plaintext_refused');
    const data = ['--data-dir', join(folder.path, 'far')];
    const served = await run('coordinator', 'start', '--insecure-loopback', '--listen', '0.0.0.0:0', ...data);
    expect(served.stderr).to.match(/listen: value 0\.0\.0\.0:0/);
    const agent = await run('agent', 'start', ...data, '--insecure-loopback', '--coordinator', '192.0.2.1:7700');
    expect(agent.stderr).to.match(/coordinator: .*192\.0\.2\.1:7700/);
    expect((await run('agent', 'start', ...data)).stderr).to.include('headframe agent join --coordinator');
  });
});
