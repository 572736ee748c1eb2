import type { Chain } from '../../port.js';
import { amountOf, countOf, fieldOf } from './codec.js';
import { chainLacks } from './lacks.js';
import { readSnapshot } from './snapshot.js';
import type { Snapshot } from './snapshot.js';

/** Whose stake on whom. Addresses are SS58. */
export interface StakePlace {
  readonly coldkey: string;
  readonly hotkey: string;
  /** Of no meaning to a chain whose stake is in the base token. */
  readonly netuid: number;
}

const PALLET = 'subtensorModule';
const SUBSPACE = 'subspaceModule';

/**
 * The uid of a hotkey in a subnet; undefined for one that is not registered there. Throws `HeadframeError`
 * (failed_precondition, 'chain_lacks') and what `Chain.read` throws.
 */
export function readUid(chain: Chain, netuid: number, hotkey: string): Promise<number | undefined> {
  return readSnapshot(chain, 'uid', async ({ at }) => {
    const uids = at.query[PALLET]?.['uids'];
    if (uids === undefined) throw chainLacks(chain.network, 'subnets');
    return countOf(await uids(netuid, hotkey));
  });
}

/**
 * The stake of a coldkey on a hotkey, in the smallest unit of the token of the subnet, or of the base token where stake is
 * in that. Throws as `readUid` does.
 */
export function readStake(chain: Chain, place: StakePlace): Promise<bigint> {
  return readSnapshot(chain, 'stake', async (snapshot) => {
    const found = await stakeAt(snapshot, place);
    if (found === undefined) throw chainLacks(chain.network, 'stake on hotkeys');
    return found;
  });
}

/** The same at a block that others are read at; undefined on a chain without stake on hotkeys. */
export async function stakeAt(snapshot: Snapshot, place: StakePlace): Promise<bigint | undefined> {
  return (await stakeByApi(snapshot, place)) ?? (await stakeByShares(snapshot, place));
}

/** As the runtime itself says, where it says so in types. */
async function stakeByApi({ at }: Snapshot, { coldkey, hotkey, netuid }: StakePlace): Promise<bigint | undefined> {
  const ask = at.call['stakeInfoRuntimeApi']?.['getStakeInfoForHotkeyColdkeyNetuid'];
  return ask && amountOf(fieldOf(await ask(hotkey, coldkey, netuid), 'stake'));
}

/** By what storage has: shares of what the hotkey has in the subnet, or before dynamic TAO the amount itself. */
async function stakeByShares({ at }: Snapshot, { coldkey, hotkey, netuid }: StakePlace): Promise<bigint | undefined> {
  const { stakeTo } = at.query[SUBSPACE] ?? {};
  if (stakeTo !== undefined) return amountOf(await stakeTo(coldkey, hotkey)) ?? 0n;
  const { totalHotkeyAlpha, totalHotkeyShares, alpha, stake } = at.query[PALLET] ?? {};
  if (totalHotkeyAlpha === undefined || totalHotkeyShares === undefined || alpha === undefined)
    return stake && amountOf(await stake(hotkey, coldkey));
  const [total, shares, share] = await Promise.all([
    totalHotkeyAlpha(hotkey, netuid),
    totalHotkeyShares(hotkey, netuid),
    alpha(hotkey, coldkey, netuid),
  ]);
  return stakeOfShare(total, share, shares);
}

/** Shares are whole numbers or fixed points of 64 bits, both of one kind. Pure. */
export function stakeOfShare(total: unknown, share: unknown, shares: unknown): bigint {
  const whole = (value: unknown): bigint => amountOf(fieldOf(value, 'bits')) ?? amountOf(value) ?? 0n;
  return whole(shares) === 0n ? 0n : (whole(total) * whole(share)) / whole(shares);
}
