import type { StakeBand, StakePolicyRecord } from '../../../../common/model/stake-policy.js';
import type { PolicyObserved } from './plan.js';

/** How far below its bound a band is kept, in basis points: stake that sways about a bound changes nothing. */
const HOLD_BP = 500n;
const WHOLE_BP = 10_000n;

/**
 * The policy's record with the band that the stake is in. A higher band is taken once its bound is reached, a band is left
 * once the stake is 5 % below its bound, and all of them with the hotkey's place. What a block tells that is behind `newest`,
 * or behind one that decided before, counts for nothing. The same record where nothing changes. Pure.
 */
export function withBand(
  record: StakePolicyRecord,
  { stake, block, registered, nowMs }: Pick<PolicyObserved, 'stake' | 'block' | 'registered' | 'nowMs'>,
  newest: number,
): StakePolicyRecord {
  const { banded, last, registeredBlock = 0 } = record;
  if (block < Math.max(newest, banded?.block ?? 0, last?.block ?? 0, registeredBlock)) return record;
  const band = registered === false ? undefined : bandFor(record, stake);
  if (isSame(band, banded?.band)) return record;
  return { ...record, banded: { band, stake: stake.toString(), block, atMs: nowMs } };
}

/** The band of a policy as it was seen last; undefined where the policy no longer has it. */
export function bandOf({ spec, banded }: StakePolicyRecord): StakeBand | undefined {
  return spec.priorities?.find((band) => isSame(band, banded?.band));
}

function bandFor(record: StakePolicyRecord, stake: bigint): StakeBand | undefined {
  const reached = record.spec.priorities?.findLast(({ atLeast }) => stake >= BigInt(atLeast));
  const held = bandOf(record);
  if (held === undefined || BigInt(held.atLeast) <= BigInt(reached?.atLeast ?? 0)) return reached;
  return stake * WHOLE_BP >= BigInt(held.atLeast) * (WHOLE_BP - HOLD_BP) ? held : reached;
}

function isSame(one: StakeBand | undefined, other: StakeBand | undefined): boolean {
  return one?.atLeast === other?.atLeast && one?.priority === other?.priority;
}
