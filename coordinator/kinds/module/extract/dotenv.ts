import { TELLING } from './findings.js';
import type { Findings } from './findings.js';
import type { Place } from './setting.js';
import type { SourceText } from './source-text.js';
import { roleOfName, roleOfPath } from './words.js';

/** Reads a file of `NAME=value` lines; the comment above or behind a line describes it. */
export function readDotenv(source: SourceText, findings: Findings): void {
  const counts = countNames(source);
  let comment: string[] = [];
  for (const [index, raw] of source.lines.entries()) {
    const line = raw.trim();
    if (line.startsWith('#')) {
      comment.push(line.replace(/^#+/, ''));
      continue;
    }
    const place = { file: source.path, line: index + 1 };
    const pair = line === '' ? undefined : splitPair(line);
    if (pair !== undefined) addPair(pair, { findings, place, comment, isTwice: (counts.get(pair.name) ?? 0) > 1 });
    else if (line !== '') findings.warn('syntax_error', place, 'expected NAME=value');
    comment = [];
  }
}

interface Around {
  readonly findings: Findings;
  readonly place: Place;
  readonly comment: readonly string[];
  readonly isTwice: boolean;
}

function addPair({ name, value, behind }: Pair, { findings, place, comment, isTwice }: Around): void {
  const description = behind ?? comment.slice(-5).join(' ');
  // A name that stands there twice is set for one role each; the value or the comment tells for which.
  const own = isTwice ? (roleOfName(value) ?? roleOfName(description)) : undefined;
  findings.add({
    name,
    source: 'environment',
    telling: TELLING.example,
    default: value === '' ? undefined : value,
    role: own ?? roleOfPath(place.file),
    description,
    ...place,
  });
}

function countNames(source: SourceText): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of source.lines) {
    const name = splitPair(line.trim())?.name ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

interface Pair {
  readonly name: string;
  readonly value: string;
  /** The comment behind the value. */
  readonly behind: string | undefined;
}

function splitPair(line: string): Pair | undefined {
  const equals = line.indexOf('=');
  if (equals < 1) return undefined;
  const name = line
    .slice(0, equals)
    .trim()
    .replace(/^(?:export|set)\s+/, '');
  return { name, ...splitValue(line.slice(equals + 1).trim()) };
}

function splitValue(text: string): Omit<Pair, 'name'> {
  const quote = text.charAt(0);
  const end = quote === '"' || quote === "'" || quote === '`' ? text.indexOf(quote, 1) : -1;
  if (end > 0) return { value: text.slice(1, end), behind: commentOf(text.slice(end + 1)) };
  const hash = text.startsWith('#') ? 0 : text.search(/\s#/);
  if (hash === -1) return { value: text, behind: undefined };
  return { value: text.slice(0, hash).trim(), behind: commentOf(text.slice(hash)) };
}

function commentOf(text: string): string | undefined {
  const comment = text.trim();
  return comment.startsWith('#') ? comment.replace(/^#+\s*/, '') : undefined;
}
