import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { programVersion } from '../model/version.js';
import { serviceError } from './service-error.js';
import { run } from './systemctl.js';

const PARTS = ['agent', 'common', 'coordinator'] as const;
/** What npm has put into a folder of dependencies. */
const LOCK_FILE = '.package-lock.json';
const lockFile = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });

/** A release of this package, as it lies where this program was started from. */
export interface Release {
  readonly id: string;
  readonly version: string;
  /** Compiled programs. */
  readonly dist: string;
  readonly folder: string;
}

/** The release that this very program belongs to. Throws HeadframeError (not_a_package) where it is not compiled. */
export async function ownRelease(): Promise<Release> {
  const dist = join(import.meta.dirname, '../..');
  const folder = existsSync(join(dist, 'package.json')) ? dist : dirname(dist);
  const isWhole = ['package.json', 'node_modules', 'deploy/systemd'].every((name) => existsSync(join(folder, name)));
  if (!isWhole || !existsSync(join(dist, 'agent/main.js')))
    throw serviceError('not_a_package', `${folder} is not a whole release`);
  const version = programVersion();
  return { id: `${version}-${await digestOf(dist, folder)}`, version, dist, folder };
}

/** Units and what else systemd is handed, of a release. */
export function unitTemplate({ folder }: Pick<Release, 'folder'>, name: string): Promise<string> {
  return readFile(join(folder, 'deploy/systemd', name), 'utf8');
}

/** Throws HeadframeError (node_out_of_reach) where no service could run the Node that runs this. */
export function requireNodeInReach(): void {
  if (/^\/(?:root|home)\//.test(process.execPath))
    throw serviceError('node_out_of_reach', `${process.execPath} cannot be seen by a service`);
}

/** A release that was placed. */
export function releaseAt(releases: string, id: string): Pick<Release, 'folder'> {
  return { folder: join(releases, id) };
}

/** Copies a release to its place, whole or not at all; one that is there is left as it is. */
export async function placeRelease(release: Release, releases: string): Promise<void> {
  const target = join(releases, release.id);
  if (existsSync(target)) return;
  const staging = join(releases, `.${release.id}.${String(process.pid)}`);
  await mkdir(staging, { recursive: true, mode: 0o755 });
  try {
    await copyTrees(release.dist, PARTS, join(staging, 'dist'));
    await cp(join(release.folder, 'deploy/systemd'), join(staging, 'deploy/systemd'), { recursive: true });
    await cp(join(release.folder, 'package.json'), join(staging, 'package.json'));
    await placeDependencies(join(release.folder, 'node_modules'), releases, join(staging, 'node_modules'));
    await mkdir(join(staging, 'bin'));
    const start = `#!/bin/sh\nexec ${process.execPath} "$(dirname "$(readlink -f "$0")")/../dist/coordinator/cli/main.js" "$@"\n`;
    await writeFile(join(staging, 'bin/headframe'), start);
    await chmod(join(staging, 'bin/headframe'), 0o755);
    await rename(staging, target);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Id of the release that a service runs; undefined without one. */
export async function currentRelease(current: string): Promise<string | undefined> {
  return readlink(current).then(
    (target) => basename(target),
    () => undefined,
  );
}

/** Makes a service run another release from its next start on, in one step. */
export async function pointTo(current: string, releases: string, id: string): Promise<void> {
  const fresh = `${current}.${String(process.pid)}`;
  await mkdir(dirname(current), { recursive: true, mode: 0o755 });
  await rm(fresh, { force: true });
  await symlink(join(relative(dirname(current), releases), id), fresh);
  await rename(fresh, current);
}

/** Removes releases that are none of those named and that no service runs. */
export async function pruneReleases(releases: string, keep: readonly string[]): Promise<void> {
  const links = await Promise.all(
    ['agent', 'coordinator'].map((name) => currentRelease(join(dirname(releases), name))),
  );
  for (const name of await readdir(releases).catch(() => []))
    if (!keep.includes(name) && !links.includes(name)) await rm(join(releases, name), { recursive: true, force: true });
}

/** Shares the files of another release that has the very same dependencies, or copies them. */
async function placeDependencies(from: string, releases: string, to: string): Promise<void> {
  const source = await realpath(from);
  const text = await readFile(join(source, LOCK_FILE), 'utf8');
  const placed = (await readdir(releases)).filter((name) => !name.startsWith('.'));
  for (const name of placed) {
    const other = join(releases, name, 'node_modules');
    if ((await readFile(join(other, LOCK_FILE), 'utf8').catch(() => undefined)) !== text) continue;
    await run('cp', ['-R', '--link', '-T', '--', other, to]);
    return;
  }
  await copyDependencies(source, text, to);
}

/** What runs, without what only builds and tests need, as npm has noted it. */
async function copyDependencies(source: string, text: string, to: string): Promise<void> {
  const { packages } = lockFile.parse(JSON.parse(text));
  const names = Object.entries(packages)
    .filter(([, { dev = false }]) => !dev)
    .map(([path]) => path.replace(/^node_modules\//, ''))
    // What lies inside another comes with it.
    .filter((name) => !name.includes('/node_modules/') && existsSync(join(source, name)));
  await copyTrees(source, names, to);
  await writeFile(join(to, LOCK_FILE), text);
}

/** By the program that every machine with systemd has: thousands of small files take it a seventh of the time. */
async function copyTrees(source: string, names: readonly string[], to: string): Promise<void> {
  await mkdir(to);
  await run('cp', ['-R', '--parents', '-t', to, '--', ...names], source);
}

/** Of every compiled file, what surrounds them and the Node that runs them, so that two builds of a version are told apart. */
async function digestOf(dist: string, folder: string): Promise<string> {
  const hash = createHash('sha256').update(process.execPath);
  const named = await Promise.all(
    [...PARTS.map((part) => join(dist, part)), join(folder, 'deploy/systemd')].map(async (at) => {
      const names = await readdir(at, { recursive: true });
      return names.filter((name) => /\.(?:js|html|service|conf)$/.test(name)).map((name) => join(at, name));
    }),
  );
  const files = [join(folder, 'package.json'), join(folder, 'node_modules/.package-lock.json'), ...named.flat().sort()];
  for (const file of files) hash.update(`${basename(file)}\0`).update(await readFile(file));
  return hash.digest('hex').slice(0, 8);
}
