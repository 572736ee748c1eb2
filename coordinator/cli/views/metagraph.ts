import type { GetMetagraphResponse, Neuron } from '../../../common/gen/headframe/v1/network_service_pb.js';
import { formatPlanck } from '../../../common/model/token-amount.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell } from './cells.js';

/** What metrics of neurons are parts of. */
const WHOLE = 65_535;
const MISSING = 'n/a';

/** All of a subnet, as `networks metagraph` has it. */
export function metagraphView(response: GetMetagraphResponse, { wide, nowMs }: Viewing): View {
  const { netuid, block, tempo, lastEpoch, nextEpoch, neurons } = response;
  const facts: [string, Cell][] = [
    ['netuid', String(netuid)],
    ['at block', `${String(block?.number ?? NOTHING)}, final`],
    ['read', `${ageCell(Number(response.readAtMs), nowMs)} ago`],
    ['tempo', textOf(tempo)],
    ['last epoch', textOf(lastEpoch)],
    ['next epoch', textOf(nextEpoch)],
    ['token', poolText(response)],
  ];
  return [
    { kind: 'facts', facts },
    { kind: 'table', table: tableOf(columns(response), neurons, wide), empty: 'Nobody is registered.' },
  ];
}

function poolText({ pool, tokenSymbol: symbol, decimals }: GetMetagraphResponse): string {
  const kind = pool?.kind;
  if (kind?.case === 'par') return 'stake is in the base token, or exchanged one for one';
  if (kind?.case !== 'reserves') return 'nothing in its pool: nobody can tell what it is worth';
  const { basePlanck, tokenPlanck } = kind.value;
  return `${formatPlanck(BigInt(basePlanck), { symbol, decimals })} to ${formatPlanck(BigInt(tokenPlanck), { symbol: 'alpha', decimals })} in the pool`;
}

function columns({ decimals, tokenSymbol, pool }: GetMetagraphResponse): Column<Neuron>[] {
  const symbol = pool?.kind.case === 'par' ? tokenSymbol : 'alpha';
  const amount = (planck: string | undefined): string =>
    planck === undefined ? MISSING : formatPlanck(BigInt(planck), { symbol, decimals });
  return [
    { title: 'UID', cell: ({ uid }) => String(uid) },
    { title: 'HOTKEY', cell: ({ hotkey }) => hotkey },
    { title: 'STAKE', cell: ({ stakePlanck }) => amount(stakePlanck) },
    { title: 'EMISSION', cell: ({ emissionPlanck }) => amount(emissionPlanck) },
    { title: 'INCENTIVE', cell: ({ incentive }) => partText(incentive) },
    { title: 'DIVIDENDS', cell: ({ dividends }) => partText(dividends) },
    { title: 'PERMIT', cell: ({ validatorPermit }) => yesNo(validatorPermit) },
    { title: 'ACTIVE', cell: ({ active }) => yesNo(active) },
    { title: 'ENDPOINT', cell: endpointText },
    { title: 'COLDKEY', cell: ({ coldkey }) => coldkey, wide: true },
    { title: 'REGISTERED', cell: ({ registeredAt }) => textOf(registeredAt), wide: true },
    { title: 'CONSENSUS', cell: ({ consensus }) => partText(consensus), wide: true },
    { title: 'TRUST', cell: ({ trust }) => partText(trust), wide: true },
    { title: 'RANK', cell: ({ rank }) => partText(rank), wide: true },
    { title: 'PRUNING', cell: ({ pruningScore }) => partText(pruningScore), wide: true },
    { title: 'WEIGHTS', cell: ({ lastUpdate }) => textOf(lastUpdate), wide: true },
  ];
}

function endpointText({ ip, port }: Neuron): string {
  if (ip === '') return NOTHING;
  return `${ip.includes(':') ? `[${ip}]` : ip}:${String(port)}`;
}

function partText(part: number | undefined): string {
  return part === undefined ? MISSING : (part / WHOLE).toFixed(4);
}

function yesNo(flag: boolean | undefined): string {
  if (flag === undefined) return MISSING;
  return flag ? 'yes' : 'no';
}

function textOf(value: bigint | undefined): string {
  return value === undefined ? MISSING : String(value);
}
