import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { say } from './say.mjs';
import { runStep } from './steps.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, peer?: boolean }} Entry */

/** Makes node_modules what package-lock.json says, unless it is that already. */
export async function ensureDependencies() {
  if (await isInstalled()) return;
  say('installing npm dependencies (npm ci)');
  await runStep('npm', ['ci', '--no-audit', '--no-fund']);
}

/** npm keeps a list of what it installed; comparing it needs no stamp of our own and honours an install by hand. */
async function isInstalled() {
  const [wanted, found] = await Promise.all([
    readLock('package-lock.json'),
    readLock('node_modules/.package-lock.json'),
  ]);
  if (!wanted || !found) return false;
  const missing = Object.entries(wanted).some(([path, entry]) => path !== '' && !entry.optional && !(path in found));
  const changed = Object.entries(found).some(([path, entry]) => {
    const pinned = wanted[path];
    return pinned?.version !== entry.version || pinned?.integrity !== entry.integrity;
  });
  return !missing && !changed;
}

/** @param {string} path @returns {Promise<Record<string, Entry> | undefined>} */
async function readLock(path) {
  try {
    return JSON.parse(await readFile(join(ROOT, path), 'utf8')).packages;
  } catch {
    return undefined; // missing or torn: npm ci writes it anew
  }
}
