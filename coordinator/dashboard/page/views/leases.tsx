import { useSignal } from '@preact/signals';
import { useAsked } from '../asked.js';
import type { Asked } from '../asked.js';
import { useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { ago, span } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import type { Tone } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import type { WhyJson } from '../state/wire.js';
import { Action } from '../ui/action.js';
import { AsOf } from '../ui/as-of.js';
import { Empty, PageHead } from '../ui/card.js';
import { Check } from '../ui/check.js';
import { ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

interface LeaseJson {
  readonly id: string;
  readonly owner: string;
  readonly state: string;
  readonly why?: WhyJson;
  readonly end?: WhyJson;
  readonly hostId: string;
  readonly hostName: string;
  readonly endsAtMs: string;
  readonly usableMs: string;
  readonly createdAtMs: string;
}

const TONES: Readonly<Record<string, Tone>> = {
  ready: 'good',
  suspect: 'bad',
  requested: 'warn',
  released: 'idle',
  expiring: 'idle',
};
const EVERY_MS = 4_000;
const HOUR_MS = 3_600_000;

/** Leases that are not over, or all that are known. */
export function Leases() {
  const desk = useDesk();
  const isAll = useSignal(false);
  const asked = useAsked<{ leases: readonly LeaseJson[]; nextPageToken: string }>(
    `/v1/leases?pageSize=1000${isAll.value ? '&all=true' : ''}`,
    EVERY_MS,
  );
  const { value, problem, atMs } = asked;
  return (
    <>
      <PageHead title="Leases" about={<AsOf atMs={atMs} />}>
        <Check title="Those that are over, too" isSet={isAll} />
      </PageHead>
      <ProblemNote problem={problem} />
      {value !== undefined && (
        <Table
          caption="Leases"
          unfolds
          columns={columnsOf(desk, asked)}
          items={value.leases}
          idOf={({ id }) => id}
          order={{ by: 'Ends in', isDown: false }}
          empty={
            <Empty title="No leases">
              Parts of hosts are rented by <code>headframe lease create</code>, or over the API.
            </Empty>
          }
        />
      )}
      {value !== undefined && value.nextPageToken !== '' && <p class="muted">The newest 1000 are shown.</p>}
    </>
  );
}

function columnsOf(desk: Desk, { again }: Pick<Asked<unknown>, 'again'>): Column<LeaseJson>[] {
  const now = desk.clock.value;
  const leftMs = ({ endsAtMs }: LeaseJson): number => (endsAtMs === '0' ? Infinity : Number(endsAtMs) - now);
  return [
    { name: 'Lease', key: ({ id }) => id, cell: ({ id }) => <span title={id}>{id}</span> },
    {
      name: 'State',
      key: ({ state }) => state,
      cell: ({ state }) => (
        <Tag word={shortName(state, 'LEASE_STATE_')} tone={TONES[shortName(state, 'LEASE_STATE_')] ?? 'busy'} />
      ),
    },
    { name: 'Owner', look: 'wide', key: ({ owner }) => owner, cell: ({ owner }) => owner },
    {
      name: 'Host',
      look: 'wide',
      key: ({ hostName }) => hostName,
      cell: ({ hostId, hostName }) => <HostLink id={hostId} name={hostName} desk={desk} />,
    },
    {
      name: 'Ends in',
      look: 'number',
      key: leftMs,
      cell: (lease) => (leftMs(lease) === Infinity ? '–' : leftMs(lease) <= 0 ? 'over' : span(leftMs(lease))),
    },
    {
      name: 'Usable',
      look: 'number wide',
      key: ({ usableMs }) => Number(usableMs),
      cell: ({ usableMs }) => span(Number(usableMs)),
    },
    {
      name: 'Why',
      look: 'wider stretch',
      cell: ({ end, why }) => <span title={(end ?? why)?.text}>{(end ?? why)?.text}</span>,
    },
    {
      name: 'Made',
      look: 'number wider',
      key: ({ createdAtMs }) => -Number(createdAtMs),
      cell: ({ createdAtMs }) => ago(createdAtMs, now),
    },
    { name: 'Do', look: 'wide', cell: (lease) => <LeaseActions lease={lease} onDone={again} /> },
  ];
}

function HostLink({ id, name, desk }: { readonly id: string; readonly name: string; readonly desk: Desk }) {
  if (id === '') return <>–</>;
  return desk.whyNot('FleetService/WatchFleet') === undefined ? (
    <a href={hrefOf('hosts', id)}>{name || id}</a>
  ) : (
    <>{name || id}</>
  );
}

function LeaseActions({ lease: { id, state }, onDone }: { readonly lease: LeaseJson; readonly onDone: () => void }) {
  const { http } = useDesk();
  const path = `/v1/leases/${encodeURIComponent(id)}`;
  const idle = /EXPIRING|RELEASED/.test(state) ? 'It is over.' : undefined;
  const done = async (call: Promise<unknown>): Promise<void> => {
    await call;
    onDone();
  };
  return (
    <span class="row-actions">
      <Action
        name="Extend"
        method="LeaseService/ExtendLease"
        idle={idle}
        question={{
          ...{
            title: `Extend ${id}?`,
            yes: 'Extend by an hour',
            act: () => done(http.send(`POST ${path}/extend`, { byMs: String(HOUR_MS) })),
          },
          children: <p>Its term becomes an hour longer.</p>,
        }}
      />
      <Action
        name="Release"
        look="danger"
        method="LeaseService/ReleaseLease"
        idle={idle}
        question={{
          ...{
            title: `Release ${id}?`,
            yes: 'Release',
            isDangerous: true,
            act: () => done(http.send(`DELETE ${path}`)),
          },
          children: <p>Whoever rents it loses what is on it.</p>,
        }}
      />
    </span>
  );
}
