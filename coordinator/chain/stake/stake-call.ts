import type { HeadframeError } from '../../../common/model/error.js';
import type { ChainCall } from '../../../common/model/intent.js';
import { chainLacks } from '../network/readers/lacks.js';
import type { Capabilities } from '../port.js';
import type { HotkeyPlace, PriceLimit, StakeOperation } from './operation.js';
import { stakeInvalid } from './refusals.js';

/** Where it is to be done, and what of that chain decides how. */
export interface StakeChain extends Pick<Capabilities, 'kind' | 'dynamicTao' | 'limitedStake'> {
  readonly network: string;
}

/** An operation as the calls of a chain say it. */
export interface StakeCall {
  readonly call: ChainCall;
  /** What leaves the payer's free balance at most, in the base token's smallest unit, fees not counted. */
  readonly spends: bigint;
}

const SUBTENSOR = 'subtensorModule';
const SUBSPACE = 'subspaceModule';

/**
 * The call that does it on this chain. Throws `HeadframeError`: failed_precondition ('chain_lacks') where the chain has no such
 * call, invalid_argument ('stake_invalid') where it cannot take what is asked for. Pure.
 */
export function stakeCallOf(operation: StakeOperation, chain: StakeChain): StakeCall {
  requireAmount(operation);
  if (chain.kind === 'frame') throw chainLacks(chain.network, 'stake on hotkeys');
  return chain.kind === 'subtensor' ? subtensorCall(operation, chain) : subspaceCall(operation);
}

function subtensorCall(operation: StakeOperation, chain: StakeChain): StakeCall {
  switch (operation.kind) {
    case 'add':
      return { call: tradingCall('addStake', operation.to, operation, chain), spends: operation.amount };
    case 'remove':
      return { call: tradingCall('removeStake', operation.from, operation, chain), spends: 0n };
    case 'move':
      return { call: movingCall(operation, chain), spends: 0n };
  }
}

function tradingCall(
  method: 'addStake' | 'removeStake',
  { hotkey, netuid }: HotkeyPlace,
  { amount, limit }: { readonly amount: bigint; readonly limit?: PriceLimit | undefined },
  { dynamicTao, limitedStake }: StakeChain,
): ChainCall {
  if (!dynamicTao) {
    requireNoSubnet(netuid);
    requireNoLimit(limit, 'stake has no price here');
    return { pallet: SUBTENSOR, method, args: [hotkey, text(amount)] };
  }
  if (limit === undefined) return { pallet: SUBTENSOR, method, args: [hotkey, netuid, text(amount)] };
  if (!limitedStake) requireNoLimit(limit, 'its calls take none');
  const args = [hotkey, netuid, text(amount), text(limit.price), limit.partial];
  return { pallet: SUBTENSOR, method: `${method}Limit`, args };
}

function movingCall(
  { from, to, amount }: Extract<StakeOperation, { readonly kind: 'move' }>,
  { dynamicTao, network }: StakeChain,
): ChainCall {
  if (!dynamicTao) throw chainLacks(network, 'call that moves stake: remove it and add it again');
  requireOther(from, to);
  const args = [from.hotkey, to.hotkey, from.netuid, to.netuid, text(amount)];
  return { pallet: SUBTENSOR, method: 'moveStake', args };
}

/** Stake is held by key there, not by subnet. */
function subspaceCall(operation: StakeOperation): StakeCall {
  const amount = text(operation.amount);
  if (operation.kind === 'move') {
    requireNoSubnet(operation.from.netuid);
    requireNoSubnet(operation.to.netuid);
    requireOther(operation.from, operation.to);
    const args = [operation.from.hotkey, operation.to.hotkey, amount];
    return { call: { pallet: SUBSPACE, method: 'transferStake', args }, spends: 0n };
  }
  requireNoLimit(operation.limit, 'stake has no price here');
  const isAdd = operation.kind === 'add';
  const { hotkey, netuid } = isAdd ? operation.to : operation.from;
  requireNoSubnet(netuid);
  const method = isAdd ? 'addStake' : 'removeStake';
  return { call: { pallet: SUBSPACE, method, args: [hotkey, amount] }, spends: isAdd ? operation.amount : 0n };
}

/** On some chains 0 succeeds, for nothing but its fee. */
function requireAmount({ amount }: StakeOperation): void {
  if (amount <= 0n) throw stakeInvalid({ path: 'amount', value: String(amount), expected: 'an amount above zero' });
}

function requireNoSubnet(netuid: number): void {
  if (netuid === 0) return;
  const expected = 'nothing: stake is not held by subnet on this chain';
  throw stakeInvalid({ path: 'netuid', value: String(netuid), expected, remedy: 'Leave the netuid out.' });
}

function requireNoLimit(limit: PriceLimit | undefined, why: string): void {
  if (limit !== undefined) throw limitNotKept(limit, why);
}

function limitNotKept({ price }: PriceLimit, why: string): HeadframeError {
  const expected = `nothing: a limit of the price cannot be kept on this chain, ${why}`;
  return stakeInvalid({ path: 'limit_price', value: String(price), expected, remedy: 'Leave the limit out.' });
}

function requireOther(from: HotkeyPlace, to: HotkeyPlace): void {
  if (from.hotkey !== to.hotkey || from.netuid !== to.netuid) return;
  const expected = 'another hotkey or another subnet than it is moved from';
  throw stakeInvalid({ path: 'to_hotkey', value: to.hotkey, expected });
}

function text(amount: bigint): string {
  return amount.toString();
}
