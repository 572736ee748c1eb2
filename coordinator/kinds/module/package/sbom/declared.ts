/** Where packages come from. */
export type Ecosystem = 'pypi' | 'npm';

/** A digest of a package's own file, in hex. */
export interface PackageHash {
  readonly alg: 'SHA-256' | 'SHA-384' | 'SHA-512';
  readonly content: string;
}

/** A package that one place of a module names. */
export interface DeclaredPackage {
  readonly ecosystem: Ecosystem;
  /** As the registry of its ecosystem writes it. */
  readonly name: string;
  /** Undefined where the place allows several. */
  readonly version: string | undefined;
  readonly file: string;
  /** From 1; 0 where the file is not one of lines. */
  readonly line: number;
  /** What stands there, shortened. */
  readonly text: string;
  /** Not needed by what runs, as of tests and development. */
  readonly optional: boolean;
  readonly hashes: readonly PackageHash[];
  /** Where it comes from, when that is no registry. */
  readonly url: string | undefined;
}

/** Characters of what stands at a place. */
export const LONGEST_TEXT = 200;

const LONGEST_NAME = 200;
const NAMES: Readonly<Record<Ecosystem, RegExp>> = {
  pypi: /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  npm: /^(?:@[A-Za-z0-9~._-]+\/)?[A-Za-z0-9~._-]+$/,
};
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.!+_-]{0,99}$/;

/** A package as it is kept; undefined where the name can be none. A version that can be none counts as none. */
export function declared(
  found: Pick<DeclaredPackage, 'ecosystem' | 'name' | 'file'> & Partial<DeclaredPackage>,
): DeclaredPackage | undefined {
  const { ecosystem, version, text = '', url } = found;
  if (found.name.length > LONGEST_NAME || !NAMES[ecosystem].test(found.name)) return undefined;
  // The same package, as PyPI's registry compares names.
  const name = ecosystem === 'pypi' ? found.name.toLowerCase().replaceAll(/[-_.]+/g, '-') : found.name;
  return {
    ...{ line: 0, optional: false, hashes: [], ...found, ecosystem, name },
    version: version !== undefined && VERSION.test(version) ? version : undefined,
    text: text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, LONGEST_TEXT),
    url:
      url !== undefined && url.length < 1_000 && /^[a-z][a-z0-9+.-]*:\/\/[\w./:@~%+-]+$/i.test(url)
        ? withoutUser(url)
        : undefined,
  };
}

/** What stands before the host may be a password. */
function withoutUser(url: string): string {
  return url.replace(/^([^/]+:\/\/)[^/]*@/, '$1');
}
