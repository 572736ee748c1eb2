import { formatPlanck } from '../../../common/model/token-amount.js';
import type { HotkeyPlace, StakeOperation } from './operation.js';
import type { Token } from './refusals.js';

/** What an operation is for, for people; the same for the same operation, however often it is asked for. Pure. */
export function describeStake(operation: StakeOperation, token: Token, slippageBp: number | undefined): string {
  const own = formatPlanck(operation.amount, { symbol: '', decimals: token.decimals });
  const within = slippageBp === undefined ? '' : `, with at most ${(slippageBp / 100).toFixed(2)} % of slippage`;
  switch (operation.kind) {
    case 'add':
      return `stake ${formatPlanck(operation.amount, token)} on ${placed(operation.to)}${limited(operation)}${within}`;
    case 'remove':
      return `take ${own} of the stake off ${placed(operation.from)}${limited(operation)}${within}`;
    case 'move':
      return `move ${own} of the stake on ${placed(operation.from)} to ${placed(operation.to)}${within}`;
  }
}

function placed({ hotkey, netuid }: HotkeyPlace): string {
  return `${hotkey} in subnet ${String(netuid)}`;
}

function limited({ limit }: Exclude<StakeOperation, { readonly kind: 'move' }>): string {
  if (limit === undefined) return '';
  return `, at a price of ${String(limit.price)} planck at worst${limit.partial ? ', or a part of it' : ''}`;
}
