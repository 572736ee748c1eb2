import {
  BLOCK_BYTES,
  BLOCK_NODES,
  NODE_BYTES,
  READ_BLOCKS,
  parentNodes,
  placeBefore,
} from '../../../common/challenge/label.js';
import type { NodePlace } from '../../../common/challenge/label.js';
import { MerkleTree } from '../../../common/challenge/merkle.js';
import type { DiskParameters } from '../../../common/challenge/parameters.js';
import type { Opening } from '../../../common/challenge/proof.js';
import { auditedNodes, nextRead } from '../../../common/challenge/reads.js';
import { HeadframeError } from '../../../common/model/error.js';
import { LabelFile } from './label-file.js';
import { blockDigests, plotLayers } from './plot.js';
import type { Layer } from './plot.js';
import type { Proof } from './proof.js';

/** Makes a label and keeps it, or reads the one that is kept. Its folder is the prover's alone. */
export function proveDisk(folder: string, parameters: DiskParameters, seed: Uint8Array): Promise<Proof> {
  return parameters.stage === 'plot' ? plot(folder, parameters, seed) : read(folder, parameters, seed);
}

/** Commits to all layers, of which any node may be asked for; all but the last are let go of once they were. */
async function plot(folder: string, parameters: DiskParameters, seed: Uint8Array): Promise<Proof> {
  const { label, nodes, layers } = parameters;
  await LabelFile.remove(folder, label);
  const made: { readonly layer: Layer; readonly digests: Buffer[] }[] = [];
  for await (const layer of plotLayers(seed, nodes, layers)) made.push({ layer, digests: blockDigests(layer, nodes) });
  const last = made.at(-1);
  if (last === undefined) throw new RangeError('a label has one layer at least');
  await LabelFile.write(folder, label, { header: { nodes, layers, seed }, ...last });
  const trees = made.map(({ digests }) => new MerkleTree(digests));
  const roots = trees.map(({ root }) => root);
  const blockAt = ({ layer, node }: NodePlace): Opening => {
    const index = Math.floor(node / BLOCK_NODES);
    const leaf = made[layer]?.layer.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES) ?? Buffer.alloc(0);
    return { tree: layer, index, leaf, path: trees[layer]?.path(index) ?? [] };
  };
  const nodeAt = ({ layer, node }: NodePlace): Uint8Array =>
    made[layer]?.layer.subarray(node * NODE_BYTES, (node + 1) * NODE_BYTES) ?? Buffer.alloc(NODE_BYTES);
  return {
    roots,
    open: (reveal) => {
      const places = made.flatMap((_, layer) =>
        auditedNodes({ reveal, roots }, parameters, layer).flatMap((node) =>
          neededPlaces({ layer, node }, nodes, nodeAt),
        ),
      );
      const openings = new Map(places.map((place) => [keyOf(place), blockAt(place)]));
      return Promise.resolve({ openings: [...openings.values()], values: [] });
    },
    close: () => Promise.resolve(),
  };
}

/** A node, the one before it, and its parents: all that it takes to make it again. */
function neededPlaces(place: NodePlace, nodes: number, nodeAt: (place: NodePlace) => Uint8Array): NodePlace[] {
  const before = placeBefore(place, nodes);
  if (before === undefined) return [place];
  const parents = place.layer === 0 ? [] : parentNodes(nodeAt(before), nodes);
  return [place, before, ...parents.map((node) => ({ layer: place.layer - 1, node }))];
}

function keyOf({ layer, node }: NodePlace): string {
  return `${String(layer)}/${String(Math.floor(node / BLOCK_NODES))}`;
}

async function read(folder: string, parameters: DiskParameters, seed: Uint8Array): Promise<Proof> {
  const { label, nodes, layers, reads } = parameters;
  const file = await LabelFile.open(folder, label, { nodes, layers, seed });
  if (file === undefined) throw noLabel(label);
  const tree = new MerkleTree(await file.digests());
  const roots = [tree.root];
  return {
    roots,
    open: async (reveal) => {
      const openings: Opening[] = [];
      let before: Uint8Array = reveal;
      for (let count = 0; count < reads; count += 1) {
        const at = nextRead({ reveal, roots }, parameters, count, before) * READ_BLOCKS;
        before = await file.read(at * BLOCK_BYTES, READ_BLOCKS * BLOCK_BYTES);
        for (let block = 0; block < READ_BLOCKS; block += 1) {
          const leaf = before.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
          openings.push({ tree: 0, index: at + block, leaf, path: tree.path(at + block) });
        }
      }
      return { openings, values: [] };
    },
    close: () => file.close(),
  };
}

function noLabel(label: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'challenge_label_missing',
    message: `this host keeps no label ${label} of that seed and shape`,
    remedy: 'The next disk challenge has it made anew; leave the folder of labels to the agent.',
  });
}
