import { expect } from 'chai';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT_CODES } from '../../coordinator/cli/exit-codes.js';
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
    let address = '127.0.0.1:0';
    const start = async (): Promise<Program> => {
      const flags = ['--listen', address, '--data-dir', dataDir, '--security-mode', 'tls'];
      const program = new Program(['coordinator', 'start', ...flags], join(folder.path, 'log'));
      address = await waitFor('the coordinator to listen', async () => {
        const text = await readFile(join(dataDir, 'coordinator.addr'), 'utf8').catch(() => '');
        return text === '' ? undefined : text.trim();
      });
      return program;
    };

    let coordinator = await start();
    try {
      const refused = await run('--address', address, '-o', 'json', 'status');
      expect(refused.code).to.equal(EXIT_CODES.unavailable.code);
      expect(refused.stderr).to.include('coordinator_unreachable');
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
});
