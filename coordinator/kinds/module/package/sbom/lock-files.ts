import { declared } from './declared.js';
import type { DeclaredPackage, PackageHash } from './declared.js';

/** More than any honest lock file has. */
const MOST = 20_000;
const DEEPEST = 30;

type Json = Readonly<Record<string, unknown>>;

/** Reads package.json: what it depends on, with exact versions where those are given. Pure. */
export function readPackageJson(file: string, text: string): DeclaredPackage[] {
  const json = objectOf(text);
  const sets = [
    ['dependencies', false],
    ['optionalDependencies', true],
    ['peerDependencies', true],
    ['devDependencies', true],
  ] as const;
  return sets.flatMap(([set, optional]) =>
    entriesOf(json[set]).flatMap(([name, range]) => {
      const wanted = typeof range === 'string' ? range : '';
      const version = /^=?(\d+\.\d+\.\d+[\w.+-]*)$/.exec(wanted)?.[1];
      const url = /^(?:git\+|https?:)/.test(wanted) ? wanted.replace(/#.*$/s, '') : undefined;
      return kept(declared({ ecosystem: 'npm', name, version, file, optional, url, text: `${name} ${wanted}` }));
    }),
  );
}

/** Reads package-lock.json and npm-shrinkwrap.json of any version. Pure. */
export function readPackageLock(file: string, text: string): DeclaredPackage[] {
  const json = objectOf(text);
  const found: DeclaredPackage[] = [];
  for (const [path, entry] of entriesOf(json['packages'])) {
    const at = path.lastIndexOf('node_modules/');
    if (at >= 0) found.push(...lockedNpm(file, path.slice(at + 'node_modules/'.length), entry));
  }
  if (found.length === 0) readNested(file, json['dependencies'], found, DEEPEST);
  return found;
}

/** As locks of version 1 have it: what a package needs stands within it. */
function readNested(file: string, dependencies: unknown, found: DeclaredPackage[], deep: number): void {
  for (const [name, entry] of entriesOf(dependencies)) {
    if (found.length >= MOST) return;
    found.push(...lockedNpm(file, name, entry));
    if (deep > 0 && isObject(entry)) readNested(file, entry['dependencies'], found, deep - 1);
  }
}

function lockedNpm(file: string, name: string, entry: unknown): DeclaredPackage[] {
  if (!isObject(entry)) return [];
  const { version, integrity, dev, optional, name: alias } = entry;
  const of = typeof alias === 'string' ? alias : name;
  const locked = typeof version === 'string' ? version : undefined;
  return kept(
    declared({
      ...{ ecosystem: 'npm', name: of, version: locked, file, text: `${of} ${locked ?? ''}`.trim() },
      optional: dev === true || optional === true,
      hashes: typeof integrity === 'string' ? integrityHashes(integrity) : [],
    }),
  );
}

/** Subresource Integrity, as registries give it: `sha512-` and base64. */
function integrityHashes(integrity: string): PackageHash[] {
  return [...integrity.slice(0, 2_000).matchAll(/\bsha(256|384|512)-([A-Za-z0-9+/]{43,86}={0,2})/g)].flatMap(
    ([, bits = '', base64 = '']): PackageHash[] => {
      const content = Buffer.from(base64, 'base64').toString('hex');
      // One of the three that are matched.
      return content.length === Number(bits) / 4 ? [{ alg: `SHA-${bits}` as PackageHash['alg'], content }] : [];
    },
  );
}

/** Reads Pipfile.lock. Pure. */
export function readPipfileLock(file: string, text: string): DeclaredPackage[] {
  const json = objectOf(text);
  const sets = [
    ['default', false],
    ['develop', true],
  ] as const;
  return sets.flatMap(([set, optional]) =>
    entriesOf(json[set]).flatMap(([name, entry]) => {
      const wanted = isObject(entry) && typeof entry['version'] === 'string' ? entry['version'] : '';
      const version = /^==([^\s,*]+)$/.exec(wanted)?.[1];
      return kept(declared({ ecosystem: 'pypi', name, version, file, optional, text: `${name}${wanted}` }));
    }),
  );
}

/**
 * Reads poetry.lock, uv.lock and pdm.lock: tables of packages, each with name and version as lines of their own. By lines, for a
 * parser of all TOML would take seconds over a hostile one. Pure.
 */
export function readTomlLock(file: string, text: string): DeclaredPackage[] {
  const found: DeclaredPackage[] = [];
  let open: { name: string | undefined; version: string | undefined; readonly line: number } | undefined;
  const close = (): void => {
    const { name, version, line = 0 } = open ?? {};
    if (name !== undefined && found.length < MOST)
      found.push(
        ...kept(declared({ ecosystem: 'pypi', name, version, file, line, text: `${name} ${version ?? ''}`.trim() })),
      );
    open = undefined;
  };
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line.startsWith('[')) close();
    if (line === '[[package]]') open = { name: undefined, version: undefined, line: at + 1 };
    const [, key, value] = /^(name|version) = "([^"\\]{1,200})"$/.exec(line) ?? [];
    if (open !== undefined && key === 'name') open.name ??= value;
    if (open !== undefined && key === 'version') open.version ??= value;
  }
  close();
  return found;
}

function kept(found: DeclaredPackage | undefined): DeclaredPackage[] {
  return found === undefined ? [] : [found];
}

function objectOf(text: string): Json {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : {};
  } catch {
    return {}; // what cannot be read names nothing
  }
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value).slice(0, MOST) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
