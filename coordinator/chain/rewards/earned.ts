import type { HotkeyMark, RewardBasis, RewardEntry, SubnetRecord } from '../../../common/model/reward.js';
import type { Holding, Metagraph, Neuron } from '../metagraph/metagraph.js';
import { pairOf } from '../metagraph/read-moves.js';
import type { Moves } from '../metagraph/read-moves.js';
import { valueOf } from './value.js';

/** What the last reading of a subnet left. */
export type Before = Pick<SubnetRecord, 'block' | 'lastEpoch' | 'marks'>;

interface Found {
  readonly basis: RewardBasis;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly earned: bigint;
  readonly missed: number;
}

/**
 * What a neuron has earned since the reading before; undefined where nothing can be told: before the first reading, without
 * a new epoch, for a key that came after the last epoch, or that was not there before to have grown. `moves` is what was
 * staked and taken in between, where that was read. Pure.
 */
export function earnedBy(
  neuron: Neuron,
  now: Metagraph,
  before: Before,
  { atMs, moves }: { readonly atMs: number; readonly moves: Moves | undefined },
): RewardEntry | undefined {
  if (before.block === 0 || now.block.number <= before.block) return undefined;
  // Where every block is an epoch, the last emission is that of one block among many.
  const isByEpoch = neuron.emission !== undefined && !now.stepsEachBlock;
  const found = isByEpoch ? byEmission(neuron, now, before) : byGrowth(neuron, now, before, moves);
  if (found === undefined) return undefined;
  const { earned, ...rest } = found;
  const value = valueOf(earned, now.pool);
  return {
    ...{ ...rest, atMs, earned: String(earned) },
    ...(value === undefined ? {} : { spot: String(value.spot), out: String(value.out) }),
  };
}

function byEmission(neuron: Neuron, { epochs, tempo }: Metagraph, before: Before): Found | undefined {
  const { emission = 0n, registeredAt = 0 } = neuron;
  const { last } = epochs;
  const from = before.lastEpoch ?? before.block;
  // The number stands until the next epoch: it counts once, and not for whoever had no place yet.
  if (last === undefined || last <= from || registeredAt >= last) return undefined;
  const fromBlock = Math.max(from, registeredAt);
  return {
    basis: 'emission',
    fromBlock,
    toBlock: last,
    earned: emission,
    missed: missedEpochs(last - fromBlock, tempo),
  };
}

/** Of epochs that are a tempo apart, or a block more, all but the last. */
function missedEpochs(blocks: number, tempo: number | undefined): number {
  if (tempo === undefined || tempo === 0) return 0;
  return Math.max(0, Math.round(blocks / (tempo + 1)) - 1);
}

function byGrowth(
  { hotkey, coldkey, holding }: Neuron,
  { block }: Metagraph,
  before: Before,
  moves: Moves | undefined,
): Found | undefined {
  const mark = before.marks[hotkey];
  if (holding === undefined || mark?.holding === undefined || mark.coldkey !== coldkey) return undefined;
  const then = holdingOf(mark.holding);
  const earned =
    moves === undefined ? leastGrowth(then, holding) : growth(then, holding, moves.get(pairOf(coldkey, hotkey)) ?? 0n);
  const basis = moves === undefined ? 'least' : 'growth';
  return { basis, fromBlock: before.block, toBlock: block.number, earned, missed: 0 };
}

/** What a holding has become more by itself: all of it less what was moved into it. Pure. */
function growth(then: Holding, now: Holding, moved: bigint): bigint {
  const grown = stakeOf(now, now.share) - stakeOf(then, then.share) - moved;
  return grown > 0n ? grown : 0n;
}

/**
 * The same where nobody knows what was moved: a reward makes each share worth more, and whoever moves stake gets or gives
 * shares at what they are worth, so the shares that were held all the time tell it. What is paid in new shares is left out:
 * too little, never too much. Pure.
 */
function leastGrowth(then: Holding, now: Holding): bigint {
  const share = then.share < now.share ? then.share : now.share;
  // A unit for what was rounded down then.
  const grown = stakeOf(now, share) - stakeOf(then, share) - 1n;
  return grown > 0n ? grown : 0n;
}

function stakeOf({ total, shares }: Holding, share: bigint): bigint {
  return shares === 0n ? 0n : (total * share) / shares;
}

function holdingOf({ total, shares, share }: NonNullable<HotkeyMark['holding']>): Holding {
  return { total: BigInt(total), shares: BigInt(shares), share: BigInt(share) };
}

/** What is kept of a neuron for the next reading. Pure. */
export function markOf({ coldkey, stake, holding }: Neuron): HotkeyMark {
  const { total = 0n, shares = 0n, share = 0n } = holding ?? {};
  const kept = { total: String(total), shares: String(shares), share: String(share) };
  return { coldkey, stake: String(stake ?? 0n), ...(holding === undefined ? {} : { holding: kept }) };
}
