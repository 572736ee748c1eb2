import { useSignal } from '@preact/signals';
import { follow, useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { ago } from '../state/format.js';
import { priorityOf } from '../state/priorities.js';
import { hrefOf } from '../state/route.js';
import { matches } from '../state/sorting.js';
import { standingOfMiner } from '../state/standing.js';
import type { MinerJson } from '../state/wire.js';
import { Strip } from '../ui/bar.js';
import { Empty, PageHead } from '../ui/card.js';
import { Filter } from '../ui/filter.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

/** All miners. */
export function Miners() {
  const desk = useDesk();
  follow(desk.fleetVersion);
  const text = useSignal('');
  const all = [...desk.fleet.miners.values()];
  const shown = all.filter((miner) => matches(text.value, wordsOf(miner)));
  const mayDeploy = desk.whyNot('FleetService/ApplyMiners') === undefined;
  return (
    <>
      <PageHead title="Miners">
        <Filter text={text} name="Filter miners" shown={shown.length} all={all.length} />
        {mayDeploy && (
          <a class="button primary" href={hrefOf('deploy')}>
            Deploy
          </a>
        )}
      </PageHead>
      <Table
        caption="Miners"
        columns={columnsOf(desk)}
        items={shown}
        idOf={nameOf}
        order={{ by: 'Miner', isDown: false }}
        empty={
          <Empty title={all.length === 0 ? 'No miners yet' : 'No miner is like this'}>
            {all.length === 0 && mayDeploy && (
              <>
                <a href={hrefOf('deploy')}>Deploy one</a>, or <code>headframe apply -f miner.yaml</code>.
              </>
            )}
          </Empty>
        }
      />
    </>
  );
}

function nameOf({ spec }: MinerJson): string {
  return spec?.name ?? '';
}

function wordsOf(miner: MinerJson): string[] {
  const { spec, why } = miner;
  const labels = Object.entries(spec?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    nameOf(miner),
    spec?.kind ?? '',
    spec?.namespace ?? '',
    standingOfMiner(miner).word,
    why?.reason ?? '',
    ...labels,
  ];
}

function columnsOf({ clock }: Desk): Column<MinerJson>[] {
  return [
    { name: 'Miner', key: nameOf, cell: (miner) => <a href={hrefOf('miners', nameOf(miner))}>{nameOf(miner)}</a> },
    {
      name: 'State',
      key: (miner) => standingOfMiner(miner).word,
      cell: (miner) => <Tag {...standingOfMiner(miner)} />,
    },
    { name: 'Instances', key: ({ counts }) => counts?.running ?? 0, cell: (miner) => <Instances miner={miner} /> },
    { name: 'Priority', look: 'number wide', key: priorityOf, cell: priorityOf },
    { name: 'Kind', look: 'wide', key: ({ spec }) => spec?.kind ?? '', cell: ({ spec }) => spec?.kind },
    { name: 'Namespace', look: 'wide', key: ({ spec }) => spec?.namespace ?? '', cell: ({ spec }) => spec?.namespace },
    {
      name: 'Why',
      look: 'wider stretch',
      cell: ({ quarantine, why }) => <span title={(quarantine ?? why)?.text}>{(quarantine ?? why)?.text}</span>,
    },
    {
      name: 'Changed',
      look: 'number wide',
      key: ({ updatedAtMs }) => -Number(updatedAtMs),
      cell: ({ updatedAtMs }) => ago(updatedAtMs, clock.value),
    },
  ];
}

function Instances({ miner: { counts } }: { readonly miner: MinerJson }) {
  const { running = 0, desired = 0, starting = 0, pending = 0 } = counts ?? {};
  return (
    <span class="meter">
      <Strip
        label={`${String(running)} running, ${String(starting)} starting, ${String(pending)} waiting`}
        whole={desired}
        parts={[
          { look: 'good', value: running },
          { look: 'busy', value: starting },
          { look: 'warn', value: pending },
        ]}
      />
      <span class="meter-text">
        {running} / {desired}
      </span>
    </span>
  );
}
