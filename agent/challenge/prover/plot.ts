import {
  BLOCK_BYTES,
  LabelHasher,
  NODE_BYTES,
  blockCount,
  labelStart,
  parentNodes,
} from '../../../common/challenge/label.js';
import type { NodePlace } from '../../../common/challenge/label.js';
import { leafHash } from '../../../common/challenge/merkle.js';

/** A layer of a label: its nodes, one after the other. */
export type Layer = Uint8Array;

/**
 * Makes the layers of a label from the lowest, each in memory of its own, 64 bytes a node. Between nodes others have a turn
 * from time to time, so that who waits no longer is heard.
 */
export async function* plotLayers(seed: Uint8Array, nodes: number, layers: number): AsyncGenerator<Layer> {
  const hasher = new LabelHasher(seed);
  let before: Uint8Array = labelStart(seed);
  let below: Layer | undefined;
  for (let layer = 0; layer < layers; layer += 1) {
    const made = Buffer.alloc(nodes * NODE_BYTES);
    for (let node = 0; node < nodes; node += 1) {
      if (node % TURN_NODES === 0) await nextTurn();
      before = makeNode(hasher, { layer, node }, { before, below, nodes });
      made.set(before, node * NODE_BYTES);
    }
    yield made;
    below = made;
  }
}

/** Digests of the leaves of a layer's tree. */
export function blockDigests(layer: Layer, nodes: number): Buffer[] {
  return Array.from({ length: blockCount(nodes) }, (_, block) =>
    leafHash(layer.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)),
  );
}

/** A few hundredths of a second of work. */
const TURN_NODES = 16_384;

function makeNode(
  hasher: LabelHasher,
  place: NodePlace,
  { before, below, nodes }: { readonly before: Uint8Array; readonly below: Layer | undefined; readonly nodes: number },
): Buffer {
  if (below === undefined) return hasher.node(place, { before, parents: [] });
  const parents = parentNodes(before, nodes).map((node) => below.subarray(node * NODE_BYTES, (node + 1) * NODE_BYTES));
  return hasher.node(place, { before, parents });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
