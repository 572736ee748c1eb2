import { setImmediate } from 'node:timers/promises';
import type { SourceFile } from '../../../../contents/index.js';
import type { DeclaredPackage } from './declared.js';
import { readPackageJson, readPackageLock, readPipfileLock, readTomlLock } from './lock-files.js';
import { readRequirement, readRequirements } from './requirements.js';

/** The packages that a module names, and the files of theirs that are too large to be read. */
export interface FoundPackages {
  readonly packages: readonly DeclaredPackage[];
  readonly unread: readonly string[];
}

/** A larger file would hold up heartbeats while it is read. */
const MOST_FILE_BYTES = 4 * 2 ** 20;
/** Of all such files together. */
const MOST_BYTES = 32 * 2 ** 20;
const MOST_PACKAGES = 20_000;

/** Folders with what others wrote: it is named by what brings it there. */
const FOREIGN = /(?:^|\/)(?:node_modules|site-packages|\.?venv)\//;
const REQUIREMENTS = /(?:^|\/)(?:[\w.-]{0,60}requirements?[\w.-]{0,60}\.(?:txt|in)|requirements\/[^/]+\.(?:txt|in))$/i;

const READERS: Readonly<Record<string, (file: string, text: string) => DeclaredPackage[]>> = {
  'package.json': readPackageJson,
  'package-lock.json': readPackageLock,
  'npm-shrinkwrap.json': readPackageLock,
  'Pipfile.lock': readPipfileLock,
  'poetry.lock': readTomlLock,
  'uv.lock': readTomlLock,
  'pdm.lock': readTomlLock,
};

/**
 * The packages that the files of a module name: requirements files with those that they include, package.json, lock files,
 * and `projects`, what its pyproject.toml names as it was extracted. What resolvers would bring beyond that is not known.
 */
export async function findPackages(files: readonly SourceFile[], projects: readonly string[]): Promise<FoundPackages> {
  const byPath = new Map(files.filter(({ path }) => !FOREIGN.test(path)).map((file) => [file.path, file.content]));
  const project = [...byPath.keys()].find((path) => /(?:^|\/)pyproject\.toml$/.test(path)) ?? 'pyproject.toml';
  const packages = projects.flatMap((text) => readRequirement(text, { file: project, line: 0 }) ?? []);
  const unread: string[] = [];
  const queue = [...byPath.keys()].filter((path) => REQUIREMENTS.test(path) || readerOf(path) !== undefined);
  const seen = new Set(queue);
  let left = MOST_BYTES;
  // Includes are added while it goes on.
  for (const path of queue) {
    const content = byPath.get(path);
    if (content === undefined) continue;
    if (content.length > MOST_FILE_BYTES || content.length > left || packages.length >= MOST_PACKAGES) {
      unread.push(path);
      continue;
    }
    left -= content.length;
    const read = readerOf(path);
    const text = content.toString('utf8');
    const { packages: found, includes } =
      read === undefined ? readRequirements(path, text) : { packages: read(path, text), includes: [] };
    packages.push(...found.slice(0, MOST_PACKAGES - packages.length));
    for (const include of includes) if (!seen.has(include)) queue.push(include);
    for (const include of includes) seen.add(include);
    await setImmediate();
  }
  return { packages, unread };
}

function readerOf(path: string): ((file: string, text: string) => DeclaredPackage[]) | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return Object.hasOwn(READERS, name) ? READERS[name] : undefined;
}
