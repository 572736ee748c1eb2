import type { ListStakeResponse, StakePosition } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { formatPlanck } from '../../../common/model/token-amount.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { bondView } from './bond.js';
import { NOTHING, toned } from './cells.js';

/** Who says how the base token is written. */
type BaseToken = Pick<ListStakeResponse, 'tokenSymbol' | 'decimals'>;

/** The table of `stake show`, and what all of it is worth. */
export function stakeView(response: ListStakeResponse, { wide }: Viewing): View {
  if (response.bond !== undefined) return bondView(response, response.bond, wide);
  const { positions, coldkey, block } = response;
  const table = tableOf(columns(response), positions, wide);
  const facts: [string, Cell][] = [
    ['coldkey', coldkey],
    ['worth', sumOf(positions, response, ({ valuePlanck }) => valuePlanck)],
    ['if sold now', sumOf(positions, response, ({ afterSlippagePlanck }) => afterSlippagePlanck)],
    ['at block', String(block?.number ?? NOTHING)],
  ];
  return [
    { kind: 'facts', facts },
    { kind: 'table', title: 'Stake', table, empty: 'No stake.' },
  ];
}

/** An amount of the subnet's own token, which has no name of its own here, or of the base token. */
function stakeCell(
  planck: string,
  { netuid, ownToken }: Pick<StakePosition, 'netuid' | 'ownToken'>,
  { tokenSymbol: symbol, decimals }: BaseToken,
): string {
  return formatPlanck(BigInt(planck), { symbol: ownToken ? `alpha of ${String(netuid)}` : symbol, decimals });
}

function columns(token: BaseToken): Column<StakePosition>[] {
  const printed = (planck: string | undefined): string =>
    planck === undefined
      ? NOTHING
      : formatPlanck(BigInt(planck), { symbol: token.tokenSymbol, decimals: token.decimals });
  return [
    { title: 'NETUID', cell: ({ netuid }) => String(netuid) },
    { title: 'HOTKEY', cell: ({ hotkey, hotkeyName }) => hotkeyName || hotkey },
    { title: 'STAKE', cell: (position) => stakeCell(position.amountPlanck, position, token) },
    { title: 'WORTH', cell: ({ valuePlanck }) => printed(valuePlanck) },
    { title: 'IF SOLD NOW', cell: ({ afterSlippagePlanck }) => printed(afterSlippagePlanck) },
    { title: 'REGISTERED', cell: registeredCell },
    { title: 'PRICE', cell: ({ pricePlanck }) => printed(pricePlanck), wide: true },
    { title: 'ADDRESS', cell: ({ hotkey }) => hotkey, wide: true },
  ];
}

function registeredCell({ registered }: StakePosition): Cell {
  if (registered === undefined) return NOTHING;
  return registered ? 'yes' : toned('no', 'warn');
}

/** Of those that are known: the chain may not tell all. */
function sumOf(
  positions: readonly StakePosition[],
  { tokenSymbol: symbol, decimals }: BaseToken,
  amountOf: (position: StakePosition) => string | undefined,
): Cell {
  const known = positions.flatMap((position) => amountOf(position) ?? []);
  const sum = known.reduce((total, amount) => total + BigInt(amount), 0n);
  const text = formatPlanck(sum, { symbol, decimals });
  const missing = positions.length - known.length;
  return missing === 0 ? text : toned(`${text}, without ${String(missing)} that the chain tells no price of`, 'warn');
}
