import { existsSync } from 'node:fs';
import { ensurePackages } from './packages.mjs';
import { ask } from './steps.mjs';
import { hasSystemd } from './system.mjs';

const SSHD = '/usr/sbin/sshd';

/**
 * Sees that there is OpenSSH's server, of which tests start their own on loopback.
 * @returns {Promise<string>} its path
 * @throws {import('./say.mjs').BootstrapError} saying what to install
 */
export async function ensureSshServer() {
  if (existsSync(SSHD)) return SSHD;
  await ensurePackages(['openssh-client', 'openssh-server']);
  // The package starts a service of its own on every address; who did not have it before does not want it.
  if (hasSystemd())
    for (const unit of ['ssh.socket', 'ssh.service']) await ask('systemctl', ['disable', '--now', unit]);
  return SSHD;
}
