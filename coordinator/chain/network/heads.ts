import type { Head } from '../port.js';

/** A block and the one before it. */
export interface Header extends Head {
  readonly parentHash: string;
}

/** What a new best block means. */
export type HeadStep =
  | { readonly kind: 'same' }
  /** `missed` blocks in between were not told of; all of them follow from what was known. */
  | { readonly kind: 'next'; readonly missed: number }
  /** So many blocks in between that they were not looked at. */
  | { readonly kind: 'gap'; readonly missed: number }
  /** A block that was known, lower by `depth`: another node that lags, or a chain that went back. */
  | { readonly kind: 'back'; readonly depth: number }
  /** The last `depth` blocks that were known are replaced. */
  | { readonly kind: 'reorg'; readonly depth: number };

/** Heights whose hashes are remembered, and blocks that are looked back for. */
const REMEMBERED = 256;
const MOST_BACKFILL = 64;

/** The best blocks that were seen, across connections. */
export class HeadTrack {
  readonly #known = new Map<number, string>();
  #best: Head | undefined;

  get best(): Head | undefined {
    return this.#best;
  }

  /** Hash of the best chain's block at a height, where it is remembered. */
  hashAt(number: number): string | undefined {
    return this.#known.get(number);
  }

  /**
   * Takes a new best block; what lies between it and what is known is fetched by the hash of the parent. One at a time.
   * Throws what `fetch` throws, with nothing taken.
   */
  async take(header: Header, fetch: (hash: string) => Promise<Header>): Promise<HeadStep> {
    const best = this.#best;
    if (best === undefined) return this.#adopt([header], { kind: 'next', missed: 0 });
    if (best.hash === header.hash) return { kind: 'same' };
    if (this.#known.get(header.number) === header.hash)
      return this.#adopt([header], { kind: 'back', depth: best.number - header.number });
    const path = await this.#pathTo(header, fetch);
    return this.#adopt(path, judgePath(best, path, this.#known.get((path[0] ?? header).number - 1)));
  }

  /** From the first unknown block, or as far as is looked, to the header. */
  async #pathTo(header: Header, fetch: (hash: string) => Promise<Header>): Promise<readonly Header[]> {
    const path = [header];
    for (let at = header; path.length < MOST_BACKFILL && at.number > 0;) {
      if (this.#known.get(at.number - 1) === at.parentHash) break;
      at = await fetch(at.parentHash);
      path.unshift(at);
    }
    return path;
  }

  #adopt(path: readonly Header[], step: HeadStep): HeadStep {
    for (const { number, hash } of path) this.#known.set(number, hash);
    const { number, hash } = path[path.length - 1] ?? { number: 0, hash: '' };
    this.#best = { number, hash };
    for (const height of this.#known.keys())
      if (height > number || height <= number - REMEMBERED) this.#known.delete(height);
    return step;
  }
}

function judgePath(best: Head, path: readonly Header[], below: string | undefined): HeadStep {
  const [first] = path;
  const last = path[path.length - 1];
  if (first === undefined || last === undefined) return { kind: 'same' };
  const isJoined = below !== undefined && below === first.parentHash;
  const depth = best.number - first.number + 1;
  if (isJoined && depth === 0) return { kind: 'next', missed: path.length - 1 };
  // Where the two do not meet within what was looked at, it is so deep at least.
  if (depth >= 0) return { kind: 'reorg', depth: Math.max(depth, 1) };
  return { kind: 'gap', missed: last.number - best.number - 1 };
}
