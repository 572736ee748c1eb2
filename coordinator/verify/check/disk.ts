import {
  BLOCK_BYTES,
  BLOCK_NODES,
  LabelHasher,
  NODE_BYTES,
  READ_BLOCKS,
  blockCount,
  labelStart,
  parentNodes,
  placeBefore,
} from '../../../common/challenge/label.js';
import type { NodePlace } from '../../../common/challenge/label.js';
import type { DiskParameters } from '../../../common/challenge/parameters.js';
import type { Opened } from '../../../common/challenge/proof.js';
import { auditedNodes, nextRead } from '../../../common/challenge/reads.js';
import { wrongOpening } from './fault.js';
import type { Evidence, ProofFault } from './fault.js';
import { OpenedTrees } from './opened-trees.js';

/** What a label was committed to when it was made: its seed, and the root of its last layer. */
export interface KnownLabel {
  readonly seed: Uint8Array;
  readonly root: Uint8Array;
}

/** Makes the sampled nodes of each layer again out of the nodes that they come from; hashes alone. */
export function checkPlot(
  parameters: DiskParameters,
  { seed, roots, reveal }: Evidence,
  { openings }: Pick<Opened, 'openings'>,
): ProofFault | undefined {
  const { nodes, layers } = parameters;
  if (roots.length !== layers)
    return wrongOpening(`${String(roots.length)} roots were committed to for ${String(layers)} layers`);
  const audit = new Audit(new OpenedTrees(roots, blockCount(nodes), openings), nodes, seed);
  for (let layer = 0; layer < layers; layer += 1)
    for (const node of auditedNodes({ reveal, roots }, parameters, layer)) {
      const fault = audit.fault({ layer, node });
      if (fault !== undefined) return wrongOpening(`node ${String(node)} of layer ${String(layer)} ${fault}`);
    }
  return undefined;
}

/** Follows the dependent reads through what was opened; the kept label has to be the one that was audited. */
export function checkReads(
  parameters: DiskParameters,
  { roots, reveal }: Omit<Evidence, 'seed'>,
  { openings }: Pick<Opened, 'openings'>,
  known: KnownLabel | undefined,
): ProofFault | undefined {
  const { nodes, reads } = parameters;
  if (known === undefined || roots.length !== 1 || Buffer.compare(roots[0] ?? new Uint8Array(), known.root) !== 0)
    return { reason: 'challenge_label_changed', text: 'the label on disk is not the one that was audited' };
  const trees = new OpenedTrees(roots, blockCount(nodes), openings);
  let before: Uint8Array = reveal;
  for (let count = 0; count < reads; count += 1) {
    const at = nextRead({ reveal, roots }, parameters, count, before) * READ_BLOCKS;
    const blocks = Array.from({ length: READ_BLOCKS }, (_, block) => trees.leaf(0, at + block));
    const whole = blocks.filter((block) => block?.length === BLOCK_BYTES).map((block) => block ?? new Uint8Array());
    if (whole.length < READ_BLOCKS) return wrongOpening(`read ${String(count + 1)} was not opened as committed`);
    before = Buffer.concat(whole);
  }
  return undefined;
}

class Audit {
  readonly #trees: OpenedTrees;
  readonly #nodes: number;
  readonly #hasher: LabelHasher;
  readonly #start: Buffer;

  constructor(trees: OpenedTrees, nodes: number, seed: Uint8Array) {
    this.#trees = trees;
    this.#nodes = nodes;
    this.#hasher = new LabelHasher(seed);
    this.#start = labelStart(seed);
  }

  /** What is wrong with a node; undefined where nothing is. */
  fault(place: NodePlace): string | undefined {
    const at = placeBefore(place, this.#nodes);
    const [own, before] = [this.#node(place), at === undefined ? this.#start : this.#node(at)];
    if (own === undefined || before === undefined) return 'was not opened as committed';
    const parents: Uint8Array[] = [];
    for (const node of place.layer === 0 ? [] : parentNodes(before, this.#nodes)) {
      const parent = this.#node({ layer: place.layer - 1, node });
      if (parent === undefined) return 'has a parent that was not opened as committed';
      parents.push(parent);
    }
    return this.#hasher.node(place, { before, parents }).equals(own) ? undefined : 'is not what its parents make';
  }

  #node({ layer, node }: NodePlace): Uint8Array | undefined {
    const block = this.#trees.leaf(layer, Math.floor(node / BLOCK_NODES));
    if (block?.length !== BLOCK_BYTES) return undefined;
    const at = (node % BLOCK_NODES) * NODE_BYTES;
    return block.subarray(at, at + NODE_BYTES);
  }
}
