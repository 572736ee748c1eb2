import { join } from 'node:path';
import { hasCode } from '../../../common/disk/index.js';
import { linesOf } from './chain-reader.js';
import { readEntry } from './entry.js';
import type { AuditEntry } from './entry.js';
import { firstOf, logFiles } from './names.js';
import type { VerifyParts } from './verify.js';

/** Which entries; '' and undefined match all. */
export interface AuditFilter {
  /** Unix milliseconds, both included. */
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  /** Name or role. */
  readonly who: string;
  /** Name or path of the method. */
  readonly method: string;
  /** One of the targets, or the beginning of one that ends with '/'. */
  readonly target: string;
  /** Or the reason; `error` stands for all but `started` and `ok`. */
  readonly outcome: string;
}

/** Some entries, newest first, and before which entry the next page begins; undefined on the last page. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly before: number | undefined;
}

/** Files that are read for one page at most: what matches rarely is looked for over several pages. */
const FILES_A_PAGE = 4;
/** Lines between two turns of the event loop. */
const SLICE = 200;

/** Reads a page of what matches, newest first, before the entry of this number. Lines that are no entries are passed over. */
export async function readPage(
  parts: VerifyParts,
  filter: AuditFilter,
  { before, size }: { readonly before: number; readonly size: number },
): Promise<AuditPage> {
  const names = logFiles(await parts.disk.list(parts.folder))
    .filter((name) => (firstOf(name) ?? 0) < before)
    .reverse();
  const entries: AuditEntry[] = [];
  for (const [index, name] of names.entries()) {
    if (index === FILES_A_PAGE) return { entries, before: firstOf(names[index - 1] ?? '') };
    const { found, olderThan } = await readFile(parts, name, { filter, before });
    for (const entry of found) {
      if (entries.length === size) return { entries, before: entries.at(-1)?.sequence };
      entries.push(entry);
    }
    if (filter.sinceMs !== undefined && olderThan !== undefined && olderThan < filter.sinceMs) break;
  }
  return { entries, before: undefined };
}

interface FileSearch {
  readonly filter: AuditFilter;
  readonly before: number;
}

/** What matches in one file, newest first, and the time of its first entry. */
async function readFile(
  { disk, folder, yieldTurn }: VerifyParts,
  name: string,
  { filter, before }: FileSearch,
): Promise<{ readonly found: readonly AuditEntry[]; readonly olderThan: number | undefined }> {
  const bytes = await disk.read(join(folder, name)).catch((thrown: unknown) => {
    if (hasCode(thrown, 'ENOENT')) return Buffer.alloc(0); // it went for its age meanwhile
    throw thrown;
  });
  const found: AuditEntry[] = [];
  let olderThan: number | undefined;
  for (const [index, line] of linesOf(bytes).lines.entries()) {
    const entry = readEntry(line);
    olderThan ??= entry?.atMs;
    if (entry !== undefined && entry.sequence < before && matches(entry, filter)) found.push(entry);
    if (index % SLICE === SLICE - 1) await yieldTurn();
  }
  return { found: found.reverse(), olderThan };
}

function matches(entry: AuditEntry, { sinceMs = 0, untilMs = Infinity, ...texts }: AuditFilter): boolean {
  if (entry.atMs < sinceMs || entry.atMs > untilMs) return false;
  return TEXT_FILTERS.every((name) => texts[name] === '' || TEXT_MATCHES[name](entry, texts[name]));
}

const TEXT_FILTERS = ['who', 'method', 'target', 'outcome'] as const;

const TEXT_MATCHES: Readonly<Record<(typeof TEXT_FILTERS)[number], (entry: AuditEntry, wanted: string) => boolean>> = {
  who: ({ name, role }, wanted) => name === wanted || role === wanted,
  method: ({ method }, wanted) => method === wanted || method.endsWith(`/${wanted}`),
  target: ({ target }, wanted) => target.split(',').some((one) => isTarget(one, wanted)),
  outcome: ({ outcome, reason }, wanted) =>
    outcome === wanted || reason === wanted || (wanted === 'error' && isError(outcome)),
};

function isTarget(one: string, wanted: string): boolean {
  return wanted.endsWith('/') ? one.startsWith(wanted) : one === wanted;
}

function isError(outcome: string): boolean {
  return outcome !== 'ok' && outcome !== 'started';
}
