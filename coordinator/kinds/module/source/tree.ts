import { isSafePath } from '../../../contents/index.js';
import { MOST_DEPTH, MOST_ENTRIES, MOST_FILE_BYTES } from './limits.js';
import { sourceError } from './refusals.js';

/** A file of a commit that is taken. */
export interface TreeFile {
  readonly path: string;
  /** Object id. */
  readonly id: string;
  readonly bytes: number;
  readonly executable: boolean;
}

/** Why an entry of a commit is left out. */
export type SkipReason = 'symlink' | 'submodule' | 'too_large' | 'too_deep' | 'unsafe_path' | 'unknown_mode';

/** An entry of a commit that is left out; its path is fit to be shown. */
export interface SkippedEntry {
  readonly path: string;
  readonly why: SkipReason;
}

/** A commit's files, by path in byte order, and what was left out. */
export interface Tree {
  readonly files: readonly TreeFile[];
  readonly skipped: readonly SkippedEntry[];
}

interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly bytes: number;
  /** Undefined where the name is no text. */
  readonly path: string | undefined;
  readonly shown: string;
}

const FILE_MODES: readonly string[] = ['100644', '100755', '100664'];
const LINK_MODE = '120000';
const SUBMODULE_MODE = '160000';
const LINE = /^(\d{6}) \w+ ([0-9a-f]{40,64}) +(\d+|-)$/;
const LONGEST_SHOWN = 200;

/**
 * Reads what `git ls-tree -r -l -z` says of a commit. Nothing of it has touched a disk by its name. Throws HeadframeError
 * (resource_exhausted, 'module_too_large'; failed_precondition, 'module_unreadable').
 */
export function readTree(listing: Buffer, contentBytes: number): Tree {
  const files: TreeFile[] = [];
  const skipped: SkippedEntry[] = [];
  let bytes = 0;
  for (const entry of entriesOf(listing)) {
    if (files.length + skipped.length >= MOST_ENTRIES)
      throw sourceError('module_too_large', `the commit has more than ${MOST_ENTRIES} files`);
    const { mode, id, path = '', shown } = entry;
    const why = whySkipped(entry);
    if (why === undefined) files.push({ path, id, bytes: entry.bytes, executable: mode === '100755' });
    else skipped.push({ path: shown, why });
    if (why === undefined) bytes += entry.bytes;
    if (bytes > contentBytes)
      throw sourceError('module_too_large', `the files of the commit have more than ${contentBytes} bytes together`);
  }
  return { files: withoutTwins(files, skipped), skipped };
}

function* entriesOf(listing: Buffer): Generator<Entry> {
  let from = 0;
  for (let to = listing.indexOf(0, from); to >= 0; to = listing.indexOf(0, from)) {
    yield entryOf(listing.subarray(from, to));
    from = to + 1;
  }
}

function entryOf(record: Buffer): Entry {
  const tab = record.indexOf('\t');
  const [, mode = '', id = '', size = ''] = LINE.exec(record.subarray(0, tab).toString('latin1')) ?? [];
  if (tab < 0 || mode === '') throw sourceError('module_unreadable', 'git lists the commit in an unknown form');
  const name = record.subarray(tab + 1);
  return {
    ...{ mode, id, bytes: size === '-' ? 0 : Number(size) },
    path: textOf(name),
    shown: name
      .toString('latin1')
      .replaceAll(/[^\x20-\x7e]/g, '?')
      .slice(0, LONGEST_SHOWN),
  };
}

function whySkipped({ mode, bytes, path }: Entry): SkipReason | undefined {
  if (path === undefined || !isSafePath(path)) return 'unsafe_path';
  if (mode === LINK_MODE) return 'symlink';
  if (mode === SUBMODULE_MODE) return 'submodule';
  if (!FILE_MODES.includes(mode)) return 'unknown_mode';
  if (path.split('/').length > MOST_DEPTH + 1) return 'too_deep';
  return bytes > MOST_FILE_BYTES ? 'too_large' : undefined;
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // a name that is no text
  }
}

/** A path that is there twice, or is a file and a folder at once, is nobody's honest work. */
function withoutTwins(files: readonly TreeFile[], skipped: SkippedEntry[]): TreeFile[] {
  const folders = new Set(files.flatMap(({ path }) => foldersOf(path)));
  const seen = new Set<string>();
  const kept = files.filter(({ path }) => {
    if (!seen.has(path) && !folders.has(path)) return seen.add(path);
    skipped.push({ path, why: 'unsafe_path' });
    return false;
  });
  return kept.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function foldersOf(path: string): string[] {
  const steps = path.split('/');
  return steps.slice(1).map((_step, at) => steps.slice(0, at + 1).join('/'));
}
