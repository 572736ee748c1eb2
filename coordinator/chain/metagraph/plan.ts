import type { SubnetRecord } from '../../../common/model/reward.js';
import type { Metagraph } from './metagraph.js';

/** A subnet is read again so many blocks after a reading that nobody can tell an epoch from. */
const USUAL_TEMPO = 360;
/** Fewest blocks between two readings of a subnet whose epochs are longer than that. */
const LEAST_BLOCKS = 10;
/** A subnet that is gone could come back. */
const GONE_BLOCKS = 600;

/** Why a subnet is read: a miner is for it, a hotkey of a wallet is registered in it, or somebody asked. */
export const SUBNET_CAUSES = ['miner', 'hotkey', 'followed'] as const;

/** One of `SUBNET_CAUSES`. */
export type SubnetCause = (typeof SUBNET_CAUSES)[number];

/** What of the fleet decides which subnets of a network are read. */
export interface SubnetWishes {
  /** Of miners that are for a subnet. */
  readonly miners: Iterable<number>;
  /** Of the fleet's hotkeys: in which subnets each is registered. */
  readonly memberships: ReadonlyMap<string, readonly number[]>;
  readonly followed: Iterable<number>;
}

/** What is to be done about the subnets of a network. */
export type SubnetStep =
  { readonly kind: 'read'; readonly netuid: number } | { readonly kind: 'forget'; readonly netuid: number };

/** The subnets of a network that are to be read, each with why, by netuid. Pure. */
export function wantedSubnets({ miners, memberships, followed }: SubnetWishes): ReadonlyMap<number, SubnetCause[]> {
  const wanted = new Map<number, SubnetCause[]>();
  const want = (netuid: number, cause: SubnetCause): void => {
    const causes = wanted.get(netuid) ?? [];
    if (!causes.includes(cause)) wanted.set(netuid, [...causes, cause]);
  };
  for (const netuid of miners) want(netuid, 'miner');
  for (const netuids of memberships.values()) for (const netuid of netuids) want(netuid, 'hotkey');
  for (const netuid of followed) want(netuid, 'followed');
  return new Map([...wanted].sort(([a], [b]) => a - b));
}

/**
 * What to do at a final block: read what was never read and what is due, once each; forget what nobody wants any more. Pure.
 */
export function planSubnets(
  wanted: ReadonlyMap<number, unknown>,
  records: Iterable<Pick<SubnetRecord, 'netuid' | 'dueAt'>>,
  finalBlock: number,
): SubnetStep[] {
  const known = new Map([...records].map((record) => [record.netuid, record]));
  const reads = [...wanted.keys()].filter((netuid) => (known.get(netuid)?.dueAt ?? 0) <= finalBlock);
  const forgotten = [...known.keys()].filter((netuid) => !wanted.has(netuid));
  return [
    ...reads.map((netuid): SubnetStep => ({ kind: 'read', netuid })),
    ...forgotten.map((netuid): SubnetStep => ({ kind: 'forget', netuid })),
  ];
}

/**
 * The block from which on a subnet is read again: that after its next epoch, when the runtime's own counter tells an epoch from
 * a runtime that steps in every block; and not at once where the epoch is late. Pure.
 */
export function dueAfter({ block, epochs, tempo }: Pick<Metagraph, 'block' | 'epochs' | 'tempo'>): number {
  const least = block.number + Math.max(1, Math.min(LEAST_BLOCKS, tempo ?? LEAST_BLOCKS));
  return Math.max((epochs.next ?? block.number + USUAL_TEMPO) + 1, least);
}

/** The same of one that the chain does not have. Pure. */
export function dueAfterGone(block: number): number {
  return block + GONE_BLOCKS;
}
