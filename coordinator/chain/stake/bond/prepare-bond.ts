import { readAccount } from '../../extrinsics/read-account.js';
import { amountOf, countOf } from '../../network/readers/codec.js';
import { readSnapshot } from '../../network/readers/snapshot.js';
import type { Snapshot } from '../../network/readers/snapshot.js';
import type { Chain, Head } from '../../port.js';
import { stakeInvalid } from '../refusals.js';
import type { StakeCall } from '../stake-call.js';
import type { Bond, BondOperation } from './bond.js';
import { bondCallOf } from './bond-call.js';
import type { BondChain } from './bond-call.js';
import { bondRefusalOf } from './judge-bond.js';
import type { BondObserved, BondTerms } from './judge-bond.js';
import { bondAt, eraClockAt, notToNominate, slashingSpansOf } from './read-bond.js';

/** A bond as it is shown. */
export interface ShownBond {
  /** Undefined where nothing is bonded. */
  readonly bond: Bond | undefined;
  readonly era: number;
  /** Eras that what is unbonded stays locked. */
  readonly unlockEras: number | undefined;
  readonly block: Head;
}

/** Who pays. */
export interface BondPayer extends Omit<BondTerms, 'network'> {
  /** SS58. */
  readonly coldkey: string;
  /** Whether a first bond of this account is under way. */
  readonly bondOpen: boolean;
}

/** Runtimes that do not say how many parts may be unlocking have this bound. */
const MOST_UNLOCKING = 32;

/** How a chain without hotkeys is staked on; undefined where it has hotkeys, no pallet Staking, or another one than is known. Pure. */
export function bondChainOf({ network, capabilities }: Pick<Chain, 'network' | 'capabilities'>): BondChain | undefined {
  if (capabilities?.kind !== 'frame' || capabilities.bonding === undefined) return undefined;
  return { network, bonding: capabilities.bonding, nominating: capabilities.nominating };
}

/** What an account has bonded, at one block. Throws what `Chain.read` throws. */
export function readBond(chain: Chain, coldkey: string): Promise<ShownBond> {
  return readSnapshot(chain, 'a bond', async (snapshot) => {
    const clock = await eraClockAt(snapshot);
    const bond = await bondAt(snapshot, writtenHere(snapshot, coldkey), clock);
    const unlockEras = countOf(snapshot.at.consts['staking']?.['bondingDuration']);
    return { bond, era: clock.era, unlockEras, block: snapshot.block };
  });
}

/**
 * Judges an operation on a bond by the chain, and gives its call. Throws `HeadframeError`: invalid_argument ('stake_invalid'),
 * failed_precondition ('chain_lacks', 'balance_too_low', 'stake_too_low', 'stake_below_minimum', 'bond_of_another',
 * 'bond_in_use', 'stake_unlocking'), and what `Chain.read` throws.
 */
export async function prepareBond(
  chain: Chain,
  operation: BondOperation,
  able: BondChain,
  { coldkey, bondOpen, token }: BondPayer,
): Promise<StakeCall> {
  requireAmount(operation);
  const seen = await readSnapshot(chain, 'a bond', async (snapshot) => {
    const observed = await observe(snapshot, operation, { coldkey, bondOpen });
    const slashingSpans = observed.bond === undefined ? 0 : await slashingSpansOf(snapshot, observed.bond.stash);
    return { observed, slashingSpans };
  });
  const refusal = bondRefusalOf(operation, seen.observed, { network: able.network, token });
  if (refusal !== undefined) throw refusal;
  const bonded = seen.observed.bond !== undefined || bondOpen;
  return bondCallOf(operation, able, { coldkey, bonded, slashingSpans: seen.slashingSpans });
}

async function observe(
  snapshot: Snapshot,
  operation: BondOperation,
  { coldkey: asked, bondOpen }: Pick<BondPayer, 'coldkey' | 'bondOpen'>,
): Promise<BondObserved> {
  const { at } = snapshot;
  const coldkey = writtenHere(snapshot, asked);
  const clock = await eraClockAt(snapshot);
  const { minNominatorBond, minValidatorBond } = at.query['staking'] ?? {};
  const validators = operation.kind === 'nominate' ? operation.validators : [];
  return {
    ...{ coldkey, bondOpen, era: clock.era },
    bond: await bondAt(snapshot, coldkey, clock),
    free: (await readAccount(at, coldkey)).spendable,
    least: amountOf(at.consts['balances']?.['existentialDeposit']) ?? 0n,
    leastNominating: amountOf(await minNominatorBond?.()) ?? 0n,
    leastValidating: amountOf(await minValidatorBond?.()) ?? 0n,
    mostUnlocking: countOf(at.consts['staking']?.['maxUnlockingChunks']) ?? MOST_UNLOCKING,
    notToNominate: await notToNominate(snapshot, validators),
  };
}

/** Chains write addresses with prefixes of their own. */
function writtenHere({ api }: Snapshot, address: string): string {
  return api.registry.createType('AccountId', address).toString();
}

/** 0 succeeds, for nothing but its fee. */
function requireAmount(operation: BondOperation): void {
  if (!('amount' in operation) || operation.amount > 0n) return;
  throw stakeInvalid({ path: 'amount', value: String(operation.amount), expected: 'an amount above zero' });
}
