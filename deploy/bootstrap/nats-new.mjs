import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BootstrapError, say } from './say.mjs';
import { ask, runStep } from './steps.mjs';

/** Replicated updates are not safe before 2.12: a compare-and-set of 2.9 loses what it has acknowledged. */
const OLDEST = [2, 12];
const VERSION = '2.15.1-1';
/** Of Debian's packages of that version, by their architecture. @type {Readonly<Record<string, string>>} */
const SHA256 = {
  amd64: '31ef4ceaa84e8248d449e508472e3770c17c3695cb5cb0ee96e03912724ea884',
  arm64: '68923b614b6b5594bbd63ffdce7258c2155ec448fb4cb7efd099bf9273eca128',
};
const VARIABLE = 'HEADFRAME_NATS_SERVER';
const INSTEAD = `set ${VARIABLE} to the path of a nats-server ${OLDEST.join('.')} or newer`;
const APT_HELPER = '/usr/lib/apt/apt-helper';
/** A few megabytes, from wherever the machine's own packages come. */
const DOWNLOAD_LIMITS = ['-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30', '-o', 'APT::Sandbox::User='];

/**
 * Sees that there is a NATS server fit for a replicated store: the one that the operator names, the machine's own if it is
 * new enough, or that of a newer Debian, unpacked into a cache folder beside this Debian's own.
 * @returns {Promise<string>} its path
 * @throws {BootstrapError} saying what to do
 */
export async function ensureNewNats() {
  const named = process.env[VARIABLE];
  if (named) {
    if (await isNew(named)) return named;
    throw new BootstrapError(`${VARIABLE}=${named} is no nats-server ${OLDEST.join('.')} or newer`);
  }
  if (await isNew('nats-server')) return 'nats-server';
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'headframe', `nats-server-${VERSION}`);
  const path = join(folder, 'usr/sbin/nats-server');
  if (!existsSync(path)) await bring(folder);
  if (await isNew(path)) return path;
  throw new BootstrapError(`${path} does not run here; ${INSTEAD}`);
}

/** @param {string} command */
async function isNew(command) {
  const [, major, minor] = /v(\d+)\.(\d+)\./.exec((await ask(command, ['--version'])) ?? '') ?? [];
  const [atMajor = 0, atMinor = 0] = OLDEST;
  return Number(major) > atMajor || (Number(major) === atMajor && Number(minor) >= atMinor);
}

/** Where the folder is, it is whole: it gets its name last. @param {string} folder */
async function bring(folder) {
  const architecture = (await ask('dpkg', ['--print-architecture']))?.trim() ?? '';
  const sha256 = SHA256[architecture];
  if (sha256 === undefined || !existsSync(APT_HELPER)) {
    throw new BootstrapError(`no pinned nats-server for this machine (${architecture || 'not Debian'}); ${INSTEAD}`);
  }
  const parent = join(folder, '..');
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, 'bringing-'));
  try {
    const file = join(work, 'package.deb');
    await download(`pool/main/n/nats-server/nats-server_${VERSION}_${architecture}.deb`, file, sha256);
    await runStep('dpkg-deb', ['-x', file, join(work, 'unpacked')]);
    // Somebody else may have brought it meanwhile: theirs is the same.
    await rename(join(work, 'unpacked'), folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Fetches a package through apt, which knows proxies and checks the sum, from one of the archives of the machine's own sources.
 * @param {string} path in the archive
 * @param {string} file
 * @param {string} sha256
 */
async function download(path, file, sha256) {
  const archives = await debianArchives();
  for (const archive of archives) {
    say(`fetching nats-server ${VERSION} from Debian's newer release`);
    try {
      await runStep(APT_HELPER, [...DOWNLOAD_LIMITS, 'download-file', `${archive}${path}`, file, `SHA256:${sha256}`]);
      return;
    } catch (error) {
      if (!(error instanceof BootstrapError)) throw error;
    }
  }
  const where =
    archives.length === 0
      ? 'no archive of Debian is among the sources of apt'
      : 'the archive has it no more, or with another sum';
  throw new BootstrapError(
    `nats-server ${VERSION} cannot be fetched: ${where}. Pin the version that Debian has now, with its SHA-256, in ` +
      `deploy/bootstrap/nats-new.mjs, or ${INSTEAD}`,
  );
}

/** Addresses that the machine's own packages come from, each with a slash at its end. */
async function debianArchives() {
  const format = ['--no-release-info', '--format', '$(REPO_URI)', 'Identifier: Packages'];
  const targets = (await ask('apt-get', ['indextargets', ...format])) ?? '';
  const archives = targets.split('\n').filter((line) => /\/debian\/$/.test(line.trim()));
  return [...new Set(archives.map((line) => line.trim()))];
}
