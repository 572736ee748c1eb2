import { follow, useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { ago, bytes, rounded } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { standingOfInstance } from '../state/standing.js';
import type { InstanceJson } from '../state/wire.js';
import { Empty } from './card.js';
import { Table } from './table.js';
import type { Column } from './table.js';
import { Tag } from './tag.js';

/** What a table of instances shows. */
interface InstanceTableProps {
  readonly items: readonly InstanceJson[];
  /** A column that says nothing here. */
  readonly without?: 'Host' | 'Miner';
}

/** Instances with how they stand, why, and what they use. */
export function InstanceTable({ items, without }: InstanceTableProps) {
  const desk = useDesk();
  follow(desk.sampleVersion);
  return (
    <Table
      caption="Instances"
      columns={columnsOf(desk).filter(({ name }) => name !== without)}
      items={items}
      idOf={({ id }) => id}
      order={{ by: 'Instance', isDown: false }}
      empty={<Empty title="No instances" />}
    />
  );
}

function columnsOf({ samples, clock }: Desk): Column<InstanceJson>[] {
  return [
    { name: 'Instance', key: ({ id }) => id, cell: ({ id }) => <a href={hrefOf('instances', id)}>{id}</a> },
    { name: 'State', key: (one) => standingOfInstance(one).word, cell: (one) => <Tag {...standingOfInstance(one)} /> },
    {
      name: 'Miner',
      look: 'wide',
      key: ({ miner }) => miner,
      cell: ({ miner }) => <a href={hrefOf('miners', miner)}>{miner}</a>,
    },
    {
      name: 'Host',
      look: 'wide',
      key: ({ hostName, hostId }) => hostName || hostId,
      cell: ({ hostName, hostId }) =>
        hostId === '' ? '–' : <a href={hrefOf('hosts', hostId)}>{hostName || hostId}</a>,
    },
    {
      name: 'CPU',
      look: 'number',
      key: ({ id }) => samples.last(id)?.cpus ?? -1,
      cell: ({ id }) => rounded(samples.last(id)?.cpus ?? NaN),
    },
    {
      name: 'Memory',
      look: 'number',
      key: ({ id }) => samples.last(id)?.memoryBytes ?? -1,
      cell: ({ id }) => (samples.last(id) === undefined ? '–' : bytes(samples.last(id)?.memoryBytes ?? 0)),
    },
    { name: 'Restarts', look: 'number wide', key: ({ restarts }) => restarts, cell: ({ restarts }) => restarts },
    {
      name: 'Why',
      look: 'wide stretch',
      cell: ({ reason, text }) => <span title={text}>{text === '' ? reason : text}</span>,
    },
    {
      name: 'Since',
      look: 'number wide',
      key: ({ changedAtMs }) => -Number(changedAtMs),
      cell: ({ changedAtMs }) => ago(changedAtMs, clock.value),
    },
  ];
}
