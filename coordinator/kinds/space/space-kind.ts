import { containerKind } from '../container/index.js';
import type { MinerKind } from '../miner-kind.js';

/** Space miners: their instances scan plots in containers that follow from the spec; whoever speaks with the node is no instance. */
export const spaceKind: MinerKind = { ...containerKind, kind: 'space' };
