import type { Lease, UsableInterval } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { GetLeaseLedgerResponse } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import type { LeaseState } from '../../../common/model/lease-record.js';
import { formatAge } from '../../../common/model/units.js';
import { LEASE_STATE } from '../../../common/wire/lease.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

const TONES: Readonly<Record<LeaseState, Tone | undefined>> = {
  requested: 'warn',
  placed: 'warn',
  provisioning: 'warn',
  probing: 'warn',
  ready: 'good',
  suspect: 'bad',
  expiring: 'faint',
  released: 'faint',
};

/** The table of `lease ls`. */
export function leasesView(leases: readonly Lease[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), leases, viewing.wide), empty: 'No leases.' }];
}

/** All of one lease, as `lease show` has it. */
export function leaseView(lease: Lease, { nowMs }: Viewing): View {
  const { why, probe, end, ports } = lease;
  const facts: [string, Cell][] = [
    ['id', lease.id],
    ['owner', lease.owner],
    ['namespace', lease.namespace],
    ['state', stateCell(lease)],
    ['why', textOf(why)],
    ['host', lease.hostName || NOTHING],
    ['addresses', lease.hostAddresses.join(', ') || NOTHING],
    [
      'ports',
      ports.map(({ name, hostPort }) => `${name} ${hostPort === 0 ? '?' : String(hostPort)}`).join(', ') || NOTHING,
    ],
    ['host key', lease.fingerprint || NOTHING],
    ['begins', timeCell(Number(lease.startsAtMs))],
    ['ends', timeCell(Number(lease.endsAtMs))],
    ['left', leftCell(lease)],
    ['usable', formatAge(Number(lease.usableMs))],
    ['last probe', probe === undefined ? NOTHING : `${probe.passed ? 'passed' : probe.reason}: ${probe.text}`],
    ['ended', end === undefined ? NOTHING : textOf(end)],
    ['age', ageCell(Number(lease.createdAtMs), nowMs)],
  ];
  return [{ kind: 'facts', facts }];
}

/** What of a lease counts, as `lease ledger` has it. */
export function leaseLedgerView({ id, owner, usableMs, intervals, folded, open }: GetLeaseLedgerResponse): View {
  const facts: [string, Cell][] = [
    ['lease', id],
    ['owner', owner],
    ['usable seconds', String(Number(usableMs) / 1000)],
    ['earlier intervals, not listed', String(folded)],
  ];
  const all = [...intervals, ...(open === undefined ? [] : [open])];
  const table = tableOf(LEDGER_COLUMNS, all, false);
  return [
    { kind: 'facts', facts },
    { kind: 'table', table, empty: 'It was never usable.' },
  ];
}

const LEDGER_COLUMNS: Column<UsableInterval>[] = [
  { title: 'FROM', cell: ({ fromMs }) => timeCell(Number(fromMs)) },
  { title: 'UNTIL', cell: ({ untilMs }) => timeCell(Number(untilMs)) },
  { title: 'SECONDS', cell: ({ fromMs, untilMs }) => String(Number(untilMs - fromMs) / 1000) },
];

function columns({ nowMs }: Viewing): Column<Lease>[] {
  return [
    { title: 'LEASE', cell: ({ id }) => id },
    { title: 'STATE', cell: stateCell },
    { title: 'OWNER', cell: ({ owner }) => owner },
    { title: 'HOST', cell: ({ hostName }) => hostName || NOTHING },
    { title: 'SSH', cell: ({ ports }) => (ports[0]?.hostPort ? String(ports[0].hostPort) : NOTHING) },
    { title: 'LEFT', cell: leftCell },
    { title: 'USABLE', cell: ({ usableMs }) => formatAge(Number(usableMs)) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(Number(createdAtMs), nowMs) },
    { title: 'NAMESPACE', cell: ({ namespace }) => namespace, wide: true },
    { title: 'WHY', cell: ({ why }) => textOf(why), wide: true },
  ];
}

function stateCell({ state }: Lease): Cell {
  const word = LEASE_STATE.find(state);
  return word === undefined ? String(state) : toned(word, TONES[word]);
}

function leftCell({ remainingMs }: Lease): Cell {
  return remainingMs === 0n ? NOTHING : formatAge(Number(remainingMs));
}

function textOf(why: { readonly reason: string; readonly text: string } | undefined): string {
  if (why === undefined) return NOTHING;
  return why.text === '' ? why.reason : `${why.reason}: ${why.text}`;
}
