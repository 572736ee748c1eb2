import { existsSync } from 'node:fs';
import { BootstrapError, say } from './say.mjs';
import { ask, runStep } from './steps.mjs';

/** Whether packages can be installed here: as root on Debian, Ubuntu and their kin. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/**
 * Installs the Debian packages that are missing, after saying so.
 * @param {readonly string[]} names
 * @throws {BootstrapError} naming the command to run when it may not install
 */
export async function ensurePackages(names) {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  const command = `apt-get install -y ${missing.join(' ')}`;
  if (!canInstall()) throw new BootstrapError(`missing: ${missing.join(', ')}. On Debian or Ubuntu: sudo ${command}`);
  say(`installing with apt-get: ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' };
  const lockWait = ['-o', 'DPkg::Lock::Timeout=120'];
  await runStep('apt-get', ['-qq', ...lockWait, 'update'], { env });
  await runStep('apt-get', ['-qq', ...lockWait, 'install', '-y', '--no-install-recommends', ...missing], { env });
}

/** @param {readonly string[]} names */
async function missingPackages(names) {
  const states = await Promise.all(names.map((name) => ask('dpkg-query', ['-W', '-f', '${db:Status-Status}', name])));
  return names.filter((_, index) => states[index] !== 'installed');
}
