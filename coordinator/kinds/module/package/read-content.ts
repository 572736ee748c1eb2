import { MOST_DEPTH, MOST_ENTRIES, MOST_FILE_BYTES } from '../source/index.js';
import { isSafePath } from '../../../contents/index.js';
import type { SourceFile } from '../../../contents/index.js';
import { entriesOf, shown } from './package-file.js';
import { packageError } from './refusals.js';

/**
 * The files of a content that a stranger packed, in memory: nothing touches a disk by its name. Held to what is let be of a
 * repository. Throws HeadframeError: 'package_path_unsafe', 'package_entry_forbidden', 'package_too_large',
 * 'package_unreadable'.
 */
export async function readContent(archive: Buffer, contentBytes: number): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for await (const entry of entriesOf(archive)) {
    const { name, type, size, mode } = entry;
    requirePlain(name, type);
    if (seen.has(name)) throw packageError('package_path_unsafe', `${shown(name)} is there twice`);
    seen.add(name);
    bytes += size;
    requireRoom({ name, size, bytes, count: seen.size }, contentBytes);
    files.push({ path: name, executable: (mode & 0o100) !== 0, content: await entry.read() });
  }
  requireNoFolders(seen);
  return files;
}

function requirePlain(name: string, type: string): void {
  if (type !== 'file')
    throw packageError('package_entry_forbidden', `the content has ${shown(name)}, which is a ${type}`);
  if (!isSafePath(name)) throw packageError('package_path_unsafe', `the content has the path ${shown(name)}`);
  if (name.split('/').length > MOST_DEPTH + 1)
    throw packageError('package_path_unsafe', `the path ${shown(name)} is deeper than ${MOST_DEPTH} folders`);
}

interface Taken {
  readonly name: string;
  readonly size: number;
  /** Of all so far. */
  readonly bytes: number;
  readonly count: number;
}

function requireRoom({ name, size, bytes, count }: Taken, contentBytes: number): void {
  if (count > MOST_ENTRIES) throw packageError('package_too_large', `the content has more than ${MOST_ENTRIES} files`);
  if (size > MOST_FILE_BYTES)
    throw packageError('package_too_large', `${shown(name)} has ${String(size)} bytes of ${String(MOST_FILE_BYTES)}`);
  if (bytes > contentBytes)
    throw packageError('package_too_large', `the files have more than ${String(contentBytes)} bytes together`);
}

/** What is a file and a folder at once means different things to different readers. */
function requireNoFolders(paths: ReadonlySet<string>): void {
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      if (paths.has(path.slice(0, at)))
        throw packageError('package_path_unsafe', `${shown(path.slice(0, at))} is a file and a folder`);
}
