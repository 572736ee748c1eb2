import { readAccount } from '../extrinsics/read-account.js';
import { amountOf, flagOf } from '../network/readers/codec.js';
import { stakeAt } from '../network/readers/neurons.js';
import { readSnapshot } from '../network/readers/snapshot.js';
import type { Snapshot } from '../network/readers/snapshot.js';
import type { Chain, Head } from '../port.js';
import type { StakeOperation } from './operation.js';
import { quoteAt } from './quote-at.js';
import { valueAt } from './quote.js';
import type { Quote } from './quote.js';

/** What of a chain speaks for or against an operation, read at one block. Amounts in the smallest unit. */
export interface StakeObserved {
  readonly block: Head;
  /** The first subnet of the operation that is not there. */
  readonly missingNetuid: number | undefined;
  /** Whether the chain has no account of the hotkey that is staked on. */
  readonly unknownHotkey: boolean;
  /** What there is where stake is taken from; 0 where none is. */
  readonly stake: bigint;
  /** What the coldkey can spend. */
  readonly free: bigint;
  /** The least that the chain trades, in the base token; undefined where it does not say. */
  readonly least: bigint | undefined;
  /** What the amount is worth in the base token; undefined where the chain does not tell. */
  readonly worth: bigint | undefined;
  readonly quote: Quote | undefined;
}

const SUBTENSOR = 'subtensorModule';
const SUBSPACE = 'subspaceModule';

/** Reads it. Throws what `Chain.read` throws. */
export function observeStake(chain: Chain, operation: StakeOperation, coldkey: string): Promise<StakeObserved> {
  return readSnapshot(chain, 'stake', async (snapshot) => {
    const missingNetuid = await missingNetuidOf(snapshot, operation);
    const known = { block: snapshot.block, missingNetuid, free: (await readAccount(snapshot.at, coldkey)).spendable };
    // The calls that ask for prices fail for a subnet that is not there.
    if (missingNetuid !== undefined)
      return { ...known, unknownHotkey: false, stake: 0n, least: undefined, worth: undefined, quote: undefined };
    const from = operation.kind === 'add' ? undefined : operation.from;
    return {
      ...known,
      unknownHotkey: operation.kind !== 'remove' && (await isUnknown(snapshot, operation.to.hotkey)),
      stake: from === undefined ? 0n : ((await stakeAt(snapshot, { ...from, coldkey })) ?? 0n),
      least: await leastOf(snapshot),
      ...(await worthOf(snapshot, operation)),
    };
  });
}

async function missingNetuidOf({ at }: Snapshot, operation: StakeOperation): Promise<number | undefined> {
  const { networksAdded, subnetMechanism } = at.query[SUBTENSOR] ?? {};
  // Where stake is not held by subnet, there is none to be missing.
  if (networksAdded === undefined || subnetMechanism === undefined) return undefined;
  const places = operation.kind === 'move' ? [operation.from, operation.to] : [placeOf(operation)];
  for (const { netuid } of places) if (flagOf(await networksAdded(netuid)) !== true) return netuid;
  return undefined;
}

function placeOf(operation: Exclude<StakeOperation, { readonly kind: 'move' }>) {
  return operation.kind === 'add' ? operation.to : operation.from;
}

/** The item answers a default account for a stranger, so that it is asked whether it is stored. */
async function isUnknown({ api, at, block }: Snapshot, hotkey: string): Promise<boolean> {
  const owner = at.query[SUBTENSOR]?.['owner'];
  if (owner === undefined) return false;
  const stored: unknown = await api.rpc.state.getStorage(owner.key(hotkey), block.hash);
  return typeof stored === 'object' && stored !== null && 'isNone' in stored && stored.isNone === true;
}

/** The least that the chain trades, in the base token; undefined where it does not say. */
export async function leastOf({ at }: Snapshot): Promise<bigint | undefined> {
  const least = at.query[SUBSPACE]?.['minimumAllowedStake'];
  if (least !== undefined) return amountOf(await least());
  return amountOf(at.consts[SUBTENSOR]?.['initialMinStake']);
}

async function worthOf(snapshot: Snapshot, operation: StakeOperation): Promise<Pick<StakeObserved, 'worth' | 'quote'>> {
  const { kind, amount } = operation;
  if (kind === 'add') {
    const quote = await quoteAt(snapshot, { netuid: operation.to.netuid, side: 'buy', amount });
    return { worth: amount, quote };
  }
  const sold = await quoteAt(snapshot, { netuid: operation.from.netuid, side: 'sell', amount });
  if (sold === undefined) return { worth: undefined, quote: undefined };
  if (kind === 'remove') return { worth: sold.gets, quote: sold };
  if (operation.from.netuid === operation.to.netuid)
    return { worth: sold.value, quote: { price: sold.price, value: amount, gets: amount } };
  const bought = await quoteAt(snapshot, { netuid: operation.to.netuid, side: 'buy', amount: sold.gets });
  if (bought === undefined) return { worth: sold.gets, quote: undefined };
  const value = valueAt(bought.price, 'buy', sold.value);
  return { worth: sold.gets, quote: { price: sold.price, value, gets: bought.gets } };
}
