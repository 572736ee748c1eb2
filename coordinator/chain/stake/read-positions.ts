import { countOf, textOf } from '../network/readers/codec.js';
import { chainLacks } from '../network/readers/lacks.js';
import { stakeAt } from '../network/readers/neurons.js';
import { readSnapshot } from '../network/readers/snapshot.js';
import type { Snapshot } from '../network/readers/snapshot.js';
import type { Chain, Head } from '../port.js';
import type { HotkeyPlace } from './operation.js';
import { isAtPar, quoteAt } from './quote-at.js';
import type { Quote } from './quote.js';

/** A coldkey's stake on a hotkey, and what it is worth. */
export interface StakePosition extends HotkeyPlace {
  /** In the smallest unit of the stake's own token. */
  readonly amount: bigint;
  /** Whether that is the subnet's token, and not the base token. */
  readonly ownToken: boolean;
  /** Whether the hotkey has a uid in the subnet; undefined where stake is not held by subnet. */
  readonly registered: boolean | undefined;
  /** What selling all of it would give; undefined where the chain does not tell. */
  readonly quote: Quote | undefined;
}

/** Whose stake is asked for. Addresses are SS58. */
export interface StakeQuestion {
  readonly coldkey: string;
  /** Hotkeys that are looked at besides those that the chain knows the coldkey by. */
  readonly hotkeys: readonly string[];
  /** Only this hotkey; only this subnet. Both together are answered also where nothing is staked. */
  readonly hotkey?: string | undefined;
  readonly netuid?: number | undefined;
}

type Items = NonNullable<Snapshot['at']['query'][string]>;

const SUBTENSOR = 'subtensorModule';
const SUBSPACE = 'subspaceModule';
const MOST_HOTKEYS = 256;
const MOST_PLACES = 1_024;
/** Calls to the chain at a time. */
const AT_ONCE = 16;
/** A coldkey with many hotkeys takes several rounds. */
const LIST_MS = 60_000;

/**
 * The stake of a coldkey, all at one block, by hotkey and subnet. Throws `HeadframeError`: failed_precondition ('chain_lacks') on
 * a chain without stake on hotkeys, and what `Chain.read` throws.
 */
export function readPositions(
  chain: Chain,
  asked: StakeQuestion,
): Promise<{ readonly positions: readonly StakePosition[]; readonly block: Head }> {
  return readSnapshot(
    chain,
    'stake',
    async (snapshot) => {
      const places = await placesOf(snapshot, asked);
      if (places === undefined) throw chainLacks(chain.network, 'stake on hotkeys');
      const isAsked = asked.hotkey !== undefined && asked.netuid !== undefined;
      const read = await inTurn(places.slice(0, MOST_PLACES), (place) => positionOf(snapshot, asked.coldkey, place));
      const positions = read.filter(({ amount }) => isAsked || amount > 0n).sort(byPlace);
      return { positions, block: snapshot.block };
    },
    LIST_MS,
  );
}

async function positionOf(snapshot: Snapshot, coldkey: string, place: HotkeyPlace): Promise<StakePosition> {
  const amount = (await stakeAt(snapshot, { ...place, coldkey })) ?? 0n;
  const registered = await isRegisteredAt(snapshot, place);
  const quote = await quoteAt(snapshot, { ...place, side: 'sell', amount });
  return { ...place, amount, ownToken: !(await isAtPar(snapshot, place.netuid)), registered, quote };
}

/** Whether a hotkey has a uid in a subnet; undefined on a chain whose subnets have none. */
export async function isRegisteredAt({ at }: Snapshot, { hotkey, netuid }: HotkeyPlace): Promise<boolean | undefined> {
  const { uids, subnetMechanism } = at.query[SUBTENSOR] ?? {};
  // Before stake was held by subnet, no subnet's registration says anything of it.
  if (uids === undefined || subnetMechanism === undefined) return undefined;
  return countOf(await uids(netuid, hotkey)) !== undefined;
}

/** Where there may be stake; undefined on a chain that has none on hotkeys. */
async function placesOf(snapshot: Snapshot, asked: StakeQuestion): Promise<HotkeyPlace[] | undefined> {
  const { at } = snapshot;
  const [subtensor, subspace] = [at.query[SUBTENSOR], at.query[SUBSPACE]];
  const { hotkey, netuid } = asked;
  if (subtensor === undefined && subspace === undefined) return undefined;
  if (hotkey !== undefined && netuid !== undefined) return [{ hotkey, netuid }];
  if (subtensor === undefined) return onlyAsked(await hotkeysOfSubspace(subspace, asked), netuid);
  const bySubnet = [subtensor['alpha'], subtensor['alphaV2']].filter((item) => item !== undefined);
  const hotkeys = await hotkeysOfSubtensor(subtensor, asked);
  if (bySubnet.length === 0) return onlyAsked(hotkeys, netuid);
  const found = await inTurn(hotkeys, async (one) => {
    const keys = await Promise.all(bySubnet.map((item) => item.keys(one, asked.coldkey)));
    const netuids = keys.flat().flatMap(({ args }) => countOf(args[2]) ?? []);
    return [...new Set(netuids)].map((id) => ({ hotkey: one, netuid: id }));
  });
  return found.flat().filter((place) => netuid === undefined || place.netuid === netuid);
}

/** Where stake is not held by subnet, it stands as that of the root. */
function onlyAsked(hotkeys: readonly string[], netuid = 0): HotkeyPlace[] {
  return netuid === 0 ? hotkeys.map((hotkey) => ({ hotkey, netuid })) : [];
}

async function hotkeysOfSubtensor(items: Items, { coldkey, hotkey, hotkeys }: StakeQuestion): Promise<string[]> {
  if (hotkey !== undefined) return [hotkey];
  const known: unknown = await items['stakingHotkeys']?.(coldkey);
  return distinct([...hotkeys, ...textsOf(known)]);
}

async function hotkeysOfSubspace(
  items: Items | undefined,
  { coldkey, hotkey, hotkeys }: StakeQuestion,
): Promise<string[]> {
  if (hotkey !== undefined) return [hotkey];
  const known = (await items?.['stakeTo']?.keys(coldkey)) ?? [];
  return distinct([...hotkeys, ...known.flatMap(({ args }) => textOf(args[1]) ?? [])]);
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.flatMap((one) => textOf(one) ?? []) : [];
}

function distinct(hotkeys: readonly string[]): string[] {
  return [...new Set(hotkeys)].slice(0, MOST_HOTKEYS);
}

function byPlace(a: HotkeyPlace, b: HotkeyPlace): number {
  if (a.netuid !== b.netuid) return a.netuid - b.netuid;
  return a.hotkey < b.hotkey ? -1 : 1;
}

/** A few at a time, so that others get answers meanwhile. */
async function inTurn<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(read))));
  return results;
}
