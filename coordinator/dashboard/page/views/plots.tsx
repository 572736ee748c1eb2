import { follow, useDesk } from '../desk.js';
import { priorityOf } from '../state/priorities.js';
import { hrefOf } from '../state/route.js';
import { standingOfMiner } from '../state/standing.js';
import type { MinerJson } from '../state/wire.js';
import { Empty, PageHead } from '../ui/card.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

/** Miners that work with plots on disk. */
export function Plots() {
  const { fleet, fleetVersion } = useDesk();
  follow(fleetVersion);
  const miners = [...fleet.miners.values()].filter(({ spec }) => spec?.kind === 'space');
  return (
    <>
      <PageHead title="Plots" />
      <Table
        caption="Space miners"
        columns={COLUMNS}
        items={miners}
        idOf={({ spec }) => spec?.name ?? ''}
        order={{ by: 'Miner', isDown: false }}
        empty={
          <Empty title="No space miners">
            Miners of the kind space, which work with plots on the disks of hosts, would be here.
          </Empty>
        }
      />
    </>
  );
}

const COLUMNS: readonly Column<MinerJson>[] = [
  {
    name: 'Miner',
    key: ({ spec }) => spec?.name ?? '',
    cell: ({ spec }) => <a href={hrefOf('miners', spec?.name)}>{spec?.name}</a>,
  },
  { name: 'State', key: (miner) => standingOfMiner(miner).word, cell: (miner) => <Tag {...standingOfMiner(miner)} /> },
  {
    name: 'Running',
    look: 'number',
    key: ({ counts }) => counts?.running ?? 0,
    cell: ({ counts }) => counts?.running ?? 0,
  },
  { name: 'Priority', look: 'number', key: priorityOf, cell: priorityOf },
  { name: 'Why', look: 'wide stretch', cell: ({ why }) => why?.text },
];
