import type { Chain } from '../port.js';
import type { Snapshot } from '../network/readers/snapshot.js';
import { notOnThisChain } from './refusals.js';

/** The storage of a Subtensor chain at one block, by item. */
export type Items = NonNullable<Snapshot['at']['query'][string]>;

/** That storage. Throws `HeadframeError` (failed_precondition, 'chain_lacks') where the chain has none. */
export function itemsOf(at: Snapshot['at'], { capabilities }: Pick<Chain, 'capabilities'>): Items {
  const items = at.query['subtensorModule'];
  if (items === undefined || capabilities?.kind !== 'subtensor')
    throw notOnThisChain('register', capabilities?.kind ?? 'unknown');
  return items;
}

/** One of a decoded vector. */
export function elementOf(vector: unknown, index: number): unknown {
  return Array.isArray(vector) ? (vector as readonly unknown[])[index] : undefined; // of what, its reader asks
}
