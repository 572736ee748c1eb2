import type {
  ListStakeResponse,
  StakeBond,
  StakeUnlocking,
} from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { formatPlanck } from '../../../common/model/token-amount.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View } from '../output/view.js';
import { NOTHING, timeCell, toned } from './cells.js';

/** A bond, and what of it is unlocking. */
export function bondView(
  { tokenSymbol: symbol, decimals, coldkey, block }: ListStakeResponse,
  bond: StakeBond,
  wide: boolean,
): View {
  const printed = (planck: string): string => formatPlanck(BigInt(planck), { symbol, decimals });
  const { stash, controller, nominations, validates, rewardsTo } = bond;
  const facts: [string, Cell][] = [
    ['coldkey', coldkey],
    ['stash', stash],
    ...(controller === stash ? [] : [['controller', controller] satisfies [string, Cell]]),
    ['bonded', printed(bond.totalPlanck)],
    ['active', printed(bond.activePlanck)],
    ['can be withdrawn', printed(bond.withdrawablePlanck)],
    ['rewards to', rewardsTo || NOTHING],
    [
      'nominates',
      nominations.length === 0 ? toned(validates ? 'nobody: it validates' : 'nobody', 'faint') : nominations.join(', '),
    ],
    ['era', String(bond.era)],
    ['removed stays locked', bond.unlockEras === undefined ? NOTHING : `${String(bond.unlockEras)} eras`],
    ['at block', String(block?.number ?? NOTHING)],
  ];
  const table = tableOf(columns(printed), bond.unlocking, wide);
  return [
    { kind: 'facts', facts },
    { kind: 'table', title: 'Unlocking', table, empty: 'Nothing is unlocking.' },
  ];
}

function columns(printed: (planck: string) => string): Column<StakeUnlocking>[] {
  return [
    { title: 'AMOUNT', cell: ({ amountPlanck }) => printed(amountPlanck) },
    { title: 'FROM ERA', cell: ({ era }) => String(era) },
    { title: 'FREE', cell: freeCell },
  ];
}

function freeCell({ free, freeAtMs }: StakeUnlocking): Cell {
  if (free) return toned('yes', 'good');
  return freeAtMs === undefined ? 'not yet' : `about ${timeCell(Number(freeAtMs))}`;
}
