import { isInTree, leafHash } from '../../../common/challenge/merkle.js';
import type { Opening } from '../../../common/challenge/proof.js';

/** Looks leaves of committed trees up among what was opened; each is held against its root once. */
export class OpenedTrees {
  readonly #roots: readonly Uint8Array[];
  readonly #countOf: (tree: number) => number;
  readonly #openings = new Map<string, Opening>();
  readonly #proven = new Set<Opening>();

  /** Of trees that have `count` leaves each, or as many as it says of each. */
  constructor(roots: readonly Uint8Array[], count: number | ((tree: number) => number), openings: readonly Opening[]) {
    this.#roots = roots;
    this.#countOf = typeof count === 'number' ? () => count : count;
    for (const opening of openings) this.#openings.set(keyOf(opening.tree, opening.index), opening);
  }

  /** The leaf; undefined where it was not opened, or does not lead to the root. */
  leaf(tree: number, index: number): Uint8Array | undefined {
    const opening = this.#openings.get(keyOf(tree, index));
    const root = this.#roots[tree];
    if (opening === undefined || root === undefined) return undefined;
    if (!this.#proven.has(opening)) {
      const proof = { index, count: this.#countOf(tree), leaf: leafHash(opening.leaf), path: opening.path };
      if (!isInTree(proof, root)) return undefined;
      this.#proven.add(opening);
    }
    return opening.leaf;
  }
}

function keyOf(tree: number, index: number): string {
  return `${String(tree)}/${String(index)}`;
}
