import type { DeclaredPackage } from './declared.js';

/** Places of one package that are named. */
const MOST_PLACES = 20;

/** A package as a component of a bill of materials. */
export interface LibraryComponent {
  readonly type: 'library';
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly scope: 'required' | 'optional';
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly purl: string;
  readonly externalReferences?: readonly { readonly type: 'distribution' | 'vcs'; readonly url: string }[];
  readonly evidence: { readonly occurrences: readonly object[] };
}

/**
 * One component for each version of a package. A place that allows several versions counts for the one that another place, such
 * as a lock file, settles; where none or several do, it is a component without a version. Pure.
 */
export function componentsOf(packages: readonly DeclaredPackage[]): LibraryComponent[] {
  const versions = new Map<string, Set<string>>();
  for (const { version, ...one } of packages)
    if (version !== undefined) versions.set(keyOf(one), (versions.get(keyOf(one)) ?? new Set()).add(version));
  const groups = new Map<string, DeclaredPackage[]>();
  for (const one of packages) {
    const settled = versions.get(keyOf(one));
    const version = one.version ?? (settled?.size === 1 ? [...settled][0] : undefined);
    const purl = purlOf({ ...one, version });
    const group = groups.get(purl) ?? [];
    group.push({ ...one, version });
    groups.set(purl, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([purl, places]) => componentOf(purl, places));
}

function keyOf({ ecosystem, name }: Pick<DeclaredPackage, 'ecosystem' | 'name'>): string {
  return `${ecosystem}:${name}`;
}

function componentOf(purl: string, places: readonly DeclaredPackage[]): LibraryComponent[] {
  const [first] = places;
  if (first === undefined) return [];
  const { group, name } = namesOf(first);
  const hashes = new Map(places.flatMap((place) => place.hashes).map((hash) => [`${hash.alg}:${hash.content}`, hash]));
  const urls = [...new Set(places.flatMap(({ url }) => url ?? []))];
  return [
    {
      ...{ type: 'library', 'bom-ref': purl, ...(group === '' ? {} : { group }), name },
      ...(first.version === undefined ? {} : { version: first.version }),
      scope: places.every(({ optional }) => optional) ? 'optional' : 'required',
      ...(hashes.size === 0 ? {} : { hashes: [...hashes.values()] }),
      purl,
      ...(urls.length === 0 ? {} : { externalReferences: urls.map((url) => ({ type: kindOf(url), url })) }),
      evidence: { occurrences: places.slice(0, MOST_PLACES).map(occurrenceOf) },
    },
  ];
}

function occurrenceOf({ file, line, text }: DeclaredPackage): object {
  return { location: file, ...(line === 0 ? {} : { line }), ...(text === '' ? {} : { additionalContext: text }) };
}

function kindOf(url: string): 'distribution' | 'vcs' {
  return /^(?:git|hg|svn|bzr)\+|\.git$/.test(url) ? 'vcs' : 'distribution';
}

function namesOf({ name }: DeclaredPackage): { readonly group: string; readonly name: string } {
  const at = name.lastIndexOf('/');
  return { group: name.slice(0, Math.max(at, 0)), name: name.slice(at + 1) };
}

/** The package URL, by https://github.com/package-url/purl-spec. */
function purlOf(one: DeclaredPackage): string {
  const { group, name } = namesOf(one);
  const path = [group, name].filter((part) => part !== '').map(encodeURIComponent);
  const version = one.version === undefined ? '' : `@${encodeURIComponent(one.version)}`;
  return `pkg:${one.ecosystem}/${path.join('/')}${version}`;
}
