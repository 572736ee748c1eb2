import type { FollowedSubnet, RewardEntry, RewardTotal } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import { formatPlanck } from '../../../common/model/token-amount.js';
import { REWARD_BASIS } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

/** How amounts of a row are written. */
type Units = Pick<RewardTotal, 'tokenSymbol' | 'decimals' | 'unit'>;

/** The first line of the table that programs read. */
export const REWARD_COLUMNS = [
  ...['network', 'netuid', 'wallet', 'hotkey_name', 'hotkey', 'coldkey', 'from_block', 'to_block', 'read_at'],
  ...['basis', 'earned', 'unit', 'worth_spot', 'worth_out', 'base_unit', 'missed_epochs'],
] as const;

/** The table of `rewards ls`. */
export function rewardsView(totals: readonly RewardTotal[], { wide, nowMs }: Viewing): View {
  const columns: Column<RewardTotal>[] = [
    { title: 'NETWORK', cell: ({ network }) => network },
    { title: 'NETUID', cell: ({ netuid }) => String(netuid) },
    { title: 'HOTKEY', cell: nameCell },
    { title: 'EARNED', cell: (total) => amountText(total.earnedPlanck, total, total.unit) },
    { title: 'WORTH', cell: (total) => worthText(total, total.spotPlanck) },
    { title: 'AFTER SLIPPAGE', cell: (total) => worthText(total, total.outPlanck) },
    { title: 'MISSED', cell: ({ missed }) => (missed === 0 ? '0' : toned(String(missed), 'warn')) },
    { title: 'STAKE', cell: stakeCell },
    { title: 'LAST', cell: ({ lastAtMs }) => ageCell(Number(lastAtMs), nowMs) },
    { title: 'MINERS', cell: ({ miners }) => miners.join(', ') || NOTHING },
    { title: 'ADDRESS', cell: ({ hotkey }) => hotkey, wide: true },
    { title: 'SINCE', cell: ({ firstAtMs }) => timeCell(Number(firstAtMs)), wide: true },
    { title: 'ENTRIES', cell: ({ entries }) => String(entries), wide: true },
    { title: 'UNVALUED', cell: (total) => amountText(total.unvaluedPlanck, total, total.unit), wide: true },
  ];
  return [{ kind: 'table', table: tableOf(columns, totals, wide), empty: 'Nothing was earned yet that was read.' }];
}

/** The table of `rewards subnets`. */
export function followedView(subnets: readonly FollowedSubnet[], { wide, nowMs }: Viewing): View {
  const columns: Column<FollowedSubnet>[] = [
    { title: 'NETWORK', cell: ({ network }) => network },
    { title: 'NETUID', cell: ({ netuid }) => String(netuid) },
    { title: 'BECAUSE', cell: ({ causes }) => causes.join(', ') },
    { title: 'STATE', cell: standingCell },
    { title: 'AT BLOCK', cell: ({ block }) => (block === 0n ? NOTHING : String(block)) },
    { title: 'READ', cell: ({ atMs }) => (atMs === 0n ? NOTHING : ageCell(Number(atMs), nowMs)) },
    { title: 'NEXT AT', cell: ({ dueAt }) => (dueAt === 0n ? NOTHING : String(dueAt)) },
    { title: 'HOTKEYS', cell: ({ hotkeys }) => String(hotkeys.length) },
    {
      title: 'LAST EPOCH',
      cell: ({ lastEpoch }) => (lastEpoch === undefined ? NOTHING : String(lastEpoch)),
      wide: true,
    },
    { title: 'WHY', cell: ({ failureText }) => failureText || NOTHING, wide: true },
  ];
  return [{ kind: 'table', table: tableOf(columns, subnets, wide), empty: 'No subnet concerns the fleet.' }];
}

/** An entry as a line of comma-separated values (RFC 4180), in whole tokens. */
export function rewardLine(entry: RewardEntry): string {
  const base = entry.decimals === undefined ? 'planck' : entry.tokenSymbol;
  const plain = (planck: string | undefined): string => (planck === undefined ? '' : plainAmount(planck, entry));
  const cells = [
    ...[entry.network, String(entry.netuid), entry.wallet, entry.hotkeyName, entry.hotkey, entry.coldkey],
    ...[String(entry.fromBlock), String(entry.toBlock), new Date(Number(entry.atMs)).toISOString()],
    ...[REWARD_BASIS.fromWire(entry.basis, 'basis'), plain(entry.earnedPlanck)],
    ...[entry.decimals === undefined ? `planck of ${entry.unit}` : entry.unit],
    ...[plain(entry.spotPlanck), plain(entry.outPlanck), base, String(entry.missed)],
  ];
  return `${cells.map(quoted).join(',')}\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function plainAmount(planck: string, { decimals }: Units): string {
  return decimals === undefined ? planck : formatPlanck(BigInt(planck), { symbol: '', decimals }).replaceAll(',', '');
}

function nameCell({ wallet, hotkeyName, hotkey }: RewardTotal): string {
  return wallet === '' ? hotkey : `${wallet}.${hotkeyName}`;
}

function amountText(planck: string, { decimals }: Units, symbol: string): string {
  return formatPlanck(BigInt(planck), { symbol, decimals });
}

/** Nobody can tell where nothing of it could be valued. */
function worthText(total: RewardTotal, planck: string): string {
  const isKnown = total.unvaluedPlanck !== total.earnedPlanck || total.earnedPlanck === '0';
  return isKnown ? amountText(planck, total, total.tokenSymbol) : 'n/a';
}

function stakeCell(total: RewardTotal): Cell {
  if (total.stakePlanck === undefined) return toned('not registered', 'warn');
  return amountText(total.stakePlanck, total, total.unit);
}

function standingCell({ gone, failure, block }: FollowedSubnet): Cell {
  if (gone) return toned('gone', 'bad');
  if (failure !== '') return toned(failure, 'warn');
  return block === 0n ? 'not read yet' : toned('read', 'good');
}
