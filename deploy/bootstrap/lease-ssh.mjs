import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstall } from './packages.mjs';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';
import { runStep } from './steps.mjs';

const SCRIPT = join(ROOT, 'deploy/lease/ssh-server.sh');

/**
 * Makes the SSH server that the agent lends to lease images, once for each version of the script that makes it.
 * @returns {Promise<string>} its folder
 */
export async function ensureLeaseSsh() {
  const digest = createHash('sha256').update(readFileSync(SCRIPT)).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `headframe-lease-ssh-${digest}`);
  if (existsSync(join(folder, 'sbin/sshd'))) return folder;
  say('making the SSH server for leases out of Debian packages');
  if (canInstall()) await runStep('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', 'update']);
  await runStep('sh', [SCRIPT, folder]);
  return folder;
}
