import { posix } from 'node:path';
import { LONGEST_TEXT, declared } from './declared.js';
import type { DeclaredPackage, PackageHash } from './declared.js';

/** What a file of pip's names: packages, and further files that it includes. */
export interface Requirements {
  readonly packages: readonly DeclaredPackage[];
  readonly includes: readonly string[];
}

const MOST_LINES = 20_000;
const LONGEST_LINE = 20_000;
const INCLUDE = /^(?:-r|--requirement)[ =]?\s*(\S+)$/;
const EDITABLE = /^(?:-e|--editable)[ =]?\s*/;
const HASH = /--hash[ =](sha256|sha384|sha512):([0-9a-f]{64,128})(?=\s|$)/g;

/** Reads a file of requirements as pip does (lines, continuations, comments, options), as far as it names packages. Pure. */
export function readRequirements(file: string, text: string): Requirements {
  const packages: DeclaredPackage[] = [];
  const includes: string[] = [];
  for (const { line, content } of logicalLines(text)) {
    const include = INCLUDE.exec(content)?.[1];
    if (include !== undefined) includes.push(posix.normalize(posix.join(posix.dirname(file), include)));
    else if (EDITABLE.test(content) || !content.startsWith('-')) {
      const found = readRequirement(content.replace(EDITABLE, ''), { file, line });
      if (found !== undefined) packages.push(found);
    }
  }
  return { packages, includes };
}

/** Reads one requirement (PEP 508, a URL or a path); undefined for one that names no package. Pure. */
export function readRequirement(
  content: string,
  { file, line }: Pick<DeclaredPackage, 'file' | 'line'>,
): DeclaredPackage | undefined {
  const hashes = hashesOf(content);
  const text = content.replace(/\s--[a-z].*$/s, '').trim();
  const place = { ecosystem: 'pypi' as const, file, line, text: text.slice(0, LONGEST_TEXT), hashes };
  const [spec = ''] = text.split(/\s*;/, 1);
  const [, name = '', , rest = ''] = /^([\w.-]{1,200})\s{0,20}(\[[^\]]{0,500}\])?\s{0,20}(.*)$/s.exec(spec) ?? [];
  if (/^@/.test(rest)) return declared({ ...place, name, url: rest.slice(1).trim() });
  if (isElsewhere(spec)) return declared({ ...place, ...fileName(spec) });
  if (rest !== '' && !/^[(=<>!~^*\d]/.test(rest)) return undefined;
  const version = /^\(?={2,3}\s{0,20}([^\s,*()]+)\)?$/.exec(rest)?.[1];
  return declared({ ...place, name, version });
}

/** A URL, or a path of pip's. */
function isElsewhere(spec: string): boolean {
  return /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(spec) || /^\.{0,2}\/|\.(?:whl|zip|tar\.gz)$/i.test(spec);
}

/** Name and version by the name of a file, or of a repository. */
function fileName(spec: string): Pick<DeclaredPackage, 'name' | 'version' | 'url'> {
  const url = spec.includes('://') ? spec.replace(/#.*$/s, '') : undefined;
  const egg = /#(?:.*&)?egg=([\w.-]{1,200})/.exec(spec)?.[1];
  const last =
    (url ?? spec)
      .replace(/[?#].*$/s, '')
      .split('/')
      .at(-1) ?? '';
  const [, wheel, wheelVersion] = /^([\w.]{1,200})-([\w.!+]{1,100})-[\w.-]{1,300}\.whl$/.exec(last) ?? [];
  const [, source, sourceVersion] = /^([\w.-]{1,200})-(\d[\w.!+]{0,99})\.(?:tar\.gz|zip)$/.exec(last) ?? [];
  const repository = last.replace(/@.*$/, '').replace(/\.git$/, '');
  const name = egg ?? wheel ?? source ?? (url === undefined ? '' : repository);
  return { name, version: wheelVersion ?? sourceVersion, url };
}

function hashesOf(content: string): PackageHash[] {
  return [...content.matchAll(HASH)].slice(0, 50).map(([, alg = '', hash = '']) => ({
    alg: `SHA-${alg.slice(3)}` as PackageHash['alg'], // of the three that are matched
    content: hash,
  }));
}

interface LogicalLine {
  readonly line: number;
  readonly content: string;
}

function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open = '';
  let begun = 0;
  for (const [at, raw] of text.split('\n').slice(0, MOST_LINES).entries()) {
    if (open === '') begun = at + 1;
    const bare = raw.replace(/(?:^|\s)#.*$/, '').trimEnd();
    const goesOn = bare.endsWith('\\') && open.length < LONGEST_LINE;
    open += goesOn ? `${bare.slice(0, -1)} ` : bare;
    if (goesOn) continue;
    const content = open.slice(0, LONGEST_LINE).trim();
    if (content !== '') lines.push({ line: begun, content });
    open = '';
  }
  return lines;
}
