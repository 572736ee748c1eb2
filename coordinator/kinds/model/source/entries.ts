import { posix } from 'node:path';
import { isSafePath } from '../../../contents/index.js';
import { modelError } from './refusals.js';

/** What the header of an entry of an archive says. */
export interface EntryHeader {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly linkname?: string | null | undefined;
}

/** An entry that is taken, under its plain path. */
export type TakenEntry =
  | { readonly kind: 'file'; readonly path: string }
  /** Symbolic links go to where they say, from their folder; hard links to a path of the archive. */
  | { readonly kind: 'symlink' | 'link'; readonly path: string; readonly target: string };

/** More are refused. */
const MOST_ENTRIES = 100_000;
const MOST_DEPTH = 64;

/**
 * Judges the entries of one archive, in their order. What is taken means the same wherever it is unpacked, and stays inside: no
 * path above it, no device, no link out, nothing twice, and nothing below a file or a link.
 */
export class Entries {
  readonly #leaves = new Set<string>();
  readonly #folders = new Set<string>();
  #count = 0;

  /** Undefined for folders, which follow from their files, and for what git keeps of itself. Throws `HeadframeError`. */
  judge({ name, type, linkname }: EntryHeader): TakenEntry | undefined {
    this.#count += 1;
    if (this.#count > MOST_ENTRIES)
      throw modelError('model_too_large', `the archive has more than ${String(MOST_ENTRIES)} entries`);
    const path = name.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
    if (type === 'directory' && (path === '' || path === '.')) return undefined;
    if (/(?:^|\/)\.git(?:\/|$)/.test(path) && !path.split('/').includes('..')) return undefined;
    if (!isSafePath(path) || path.split('/').length > MOST_DEPTH)
      throw unsafe(name, 'a path that leads out, or means something else elsewhere');
    if (type === 'directory') return undefined;
    this.#claim(path, name);
    return this.#taken(path, { name, type, linkname });
  }

  #taken(path: string, { name, type, linkname }: EntryHeader): TakenEntry {
    const target = linkname ?? '';
    switch (type) {
      case 'file':
      case 'contiguous-file':
        return { kind: 'file', path };
      case 'symlink':
        if (!staysInside(path, target)) throw unsafe(name, `a link that leads out, to ${shown(target)}`);
        return { kind: 'symlink', path, target };
      case 'link': {
        const file = target.replace(/^(?:\.\/+)+/, '');
        if (!this.#leaves.has(file) || file === path)
          throw unsafe(name, `a hard link to ${shown(target)}, not there yet`);
        return { kind: 'link', path, target: file };
      }
      default:
        throw unsafe(name, `a ${type ?? 'thing of no kind'}`);
    }
  }

  /** A path is a file or a folder, and is there once. */
  #claim(path: string, name: string): void {
    const steps = path.split('/');
    const above = steps.slice(1).map((_step, at) => steps.slice(0, at + 1).join('/'));
    if (this.#leaves.has(path)) throw unsafe(name, 'there twice');
    if (this.#folders.has(path) || above.some((folder) => this.#leaves.has(folder)))
      throw unsafe(name, 'below a file or a link, or both a file and a folder');
    this.#leaves.add(path);
    for (const folder of above) this.#folders.add(folder);
  }
}

function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || /[\\\0]/.test(target) || target.length > 1024) return false;
  const to = posix.normalize(posix.join(posix.dirname(path), target));
  return to !== '..' && !to.startsWith('../');
}

function unsafe(name: string, what: string): Error {
  return modelError('model_archive_unsafe', `the archive has ${shown(name)}, which is ${what}`);
}

function shown(text: string): string {
  return JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200));
}
