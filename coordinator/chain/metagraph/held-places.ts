import { addressOf } from '../registration/endpoint-address.js';
import { countOf, textOf } from '../network/readers/codec.js';
import { chainLacks } from '../network/readers/lacks.js';
import { stakeOfShare } from '../network/readers/neurons.js';
import { readSnapshot } from '../network/readers/snapshot.js';
import type { Items } from '../network/readers/subnets.js';
import type { Chain } from '../port.js';
import { ipText } from './ip-text.js';
import type { Endpoint, Holding, Metagraph } from './metagraph.js';
import { columnOf, endpointOf } from './read-metagraph.js';

/** What a chain has of a hotkey that has its place in a subnet. */
export interface HeldPlace {
  readonly uid: number;
  /** Its owner's coldkey, SS58. */
  readonly coldkey: string;
  /** What that has staked on it there, by its shares, in the smallest unit; undefined where stake is not by shares. */
  readonly stake: bigint | undefined;
  readonly endpoint: Endpoint | undefined;
}

/** Places in one subnet, all at one block. */
export interface HeldPlaces {
  readonly block: number;
  /** Those that have one, by SS58. */
  readonly byHotkey: ReadonlyMap<string, HeldPlace>;
}

/** The places that a metagraph tells of. Pure. */
export function heldIn({ block, neurons }: Metagraph): HeldPlaces {
  const byHotkey = neurons.map(({ uid, hotkey, coldkey, holding, endpoint }) => {
    return [hotkey, { uid, coldkey, stake: holding && stakeOf(holding), endpoint }] as const;
  });
  return { block: block.number, byHotkey: new Map(byHotkey) };
}

/**
 * The places of some hotkeys at the best block, in as many calls however many they are. Throws `HeadframeError`:
 * failed_precondition ('chain_lacks'), and what `Chain.read` throws.
 */
export function readHeld(chain: Chain, netuid: number, hotkeys: readonly string[]): Promise<HeldPlaces> {
  return readSnapshot(chain, 'places in a subnet', async ({ at, block }) => {
    const items = at.query['subtensorModule'];
    if (items === undefined || chain.capabilities?.kind !== 'subtensor') throw chainLacks(chain.network, 'subnets');
    const places = hotkeys.map((hotkey) => [netuid, hotkey]);
    const [uids, owners, axons] = await Promise.all([
      columnOf(items, 'uids', places),
      columnOf(items, 'owner', hotkeys),
      columnOf(items, 'axons', places),
    ]);
    const held = hotkeys.flatMap((hotkey, index) => {
      const [uid, coldkey] = [countOf(uids?.[index]), textOf(owners?.[index])];
      return uid === undefined || coldkey === undefined ? [] : [{ hotkey, uid, coldkey, axon: axons?.[index] }];
    });
    const stakes = await readStakes(items, netuid, held);
    const byHotkey = held.map(({ hotkey, axon, ...place }, index) => {
      return [hotkey, { ...place, stake: stakes?.[index], endpoint: endpointOf(axon) }] as const;
    });
    return { block: block.number, byHotkey: new Map(byHotkey) };
  });
}

/** Whether a chain tells of this endpoint, in whatever way its address is written. Throws 'serving_invalid' for one that leads nowhere. Pure. */
export function isTold(
  told: Endpoint | undefined,
  { ip, port }: { readonly ip: string; readonly port: number },
): boolean {
  const { family, value } = addressOf(ip);
  return told !== undefined && told.port === port && told.ip === ipText(value, family);
}

async function readStakes(
  items: Items,
  netuid: number,
  held: readonly { readonly hotkey: string; readonly coldkey: string }[],
): Promise<readonly bigint[] | undefined> {
  const inSubnet = held.map(({ hotkey }) => [hotkey, netuid]);
  const [totals, shares, share] = await Promise.all([
    columnOf(items, 'totalHotkeyAlpha', inSubnet),
    columnOf(items, 'totalHotkeyShares', inSubnet),
    columnOf(
      items,
      'alpha',
      held.map(({ hotkey, coldkey }) => [hotkey, coldkey, netuid]),
    ),
  ]);
  if (totals === undefined || shares === undefined || share === undefined) return undefined;
  return held.map((_place, index) => stakeOfShare(totals[index], share[index], shares[index]));
}

function stakeOf({ total, shares, share }: Holding): bigint {
  return shares === 0n ? 0n : (total * share) / shares;
}
