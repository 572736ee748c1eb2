import type {
  GetBalanceResponse,
  ListSubnetsResponse,
  Subnet,
} from '../../../common/gen/headframe/v1/network_service_pb.js';
import { formatPlanck } from '../../../common/model/token-amount.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, toned } from './cells.js';

/** Who says how the base token is written. */
type Token = Pick<ListSubnetsResponse, 'tokenSymbol' | 'decimals'>;

const MISSING = 'not available on this chain';

/** The table of `networks subnets`. */
export function subnetsView(response: ListSubnetsResponse, { wide }: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(response), response.subnets, wide), empty: 'No subnets.' }];
}

/** All of one subnet. */
export function subnetView(subnet: Subnet, token: Token): View {
  const { hyperParameters } = subnet;
  const facts: [string, Cell][] = [
    ['netuid', String(subnet.netuid)],
    ['name', subnet.name || NOTHING],
    ['owner', subnet.owner || NOTHING],
    ['repository', subnet.githubRepo || NOTHING],
    ['contact', subnet.contact || NOTHING],
    ['neurons', neuronsCell(subnet)],
    ['registration', openCell(subnet)],
    ['price', priceCell(subnet, token)],
  ];
  return [
    { kind: 'facts', facts },
    {
      kind: 'facts',
      title: 'Hyper-parameters',
      facts: hyperParameters.map(({ name, value }) => [name, value ?? toned(MISSING, 'faint')]),
    },
  ];
}

/** What an account holds, as `networks balance` has it. */
export function balanceView(balance: GetBalanceResponse): View {
  const amount = (planck: string): string => printed(planck, balance);
  return [
    {
      kind: 'facts',
      facts: [
        ['address', balance.address],
        ['account', balance.exists ? 'known to the chain' : toned('not known to the chain', 'warn')],
        ['free', amount(balance.freePlanck)],
        ['reserved', amount(balance.reservedPlanck)],
        ['frozen of free', amount(balance.frozenPlanck)],
        ['calls signed', String(balance.nonce)],
        ['at block', String(balance.block?.number ?? NOTHING)],
      ],
    },
  ];
}

function columns(token: Token): Column<Subnet>[] {
  return [
    { title: 'NETUID', cell: ({ netuid }) => String(netuid) },
    { title: 'NAME', cell: ({ name }) => name || NOTHING },
    { title: 'NEURONS', cell: neuronsCell },
    { title: 'REGISTRATION', cell: openCell },
    { title: 'PRICE', cell: (subnet) => priceCell(subnet, token) },
    { title: 'REPOSITORY', cell: ({ githubRepo }) => githubRepo || NOTHING },
    { title: 'OWNER', cell: ({ owner }) => owner || NOTHING, wide: true },
    { title: 'CONTACT', cell: ({ contact }) => contact || NOTHING, wide: true },
  ];
}

function neuronsCell({ neurons, mostNeurons }: Subnet): string {
  return mostNeurons === undefined ? String(neurons) : `${String(neurons)}/${String(mostNeurons)}`;
}

function openCell({ registrationOpen }: Subnet): Cell {
  if (registrationOpen === undefined) return NOTHING;
  return registrationOpen ? 'open' : toned('closed', 'warn');
}

function priceCell({ pricePlanck }: Subnet, token: Token): string {
  return pricePlanck === undefined ? NOTHING : printed(pricePlanck, token);
}

function printed(planck: string, { tokenSymbol: symbol, decimals }: Token): string {
  return formatPlanck(BigInt(planck), { symbol, decimals });
}
