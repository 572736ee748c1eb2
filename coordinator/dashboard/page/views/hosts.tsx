import { useSignal } from '@preact/signals';
import { follow, useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { useHostSamples } from '../metrics.js';
import { amountsOf } from '../state/capacity.js';
import { ago, bytes, cpus } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { matches } from '../state/sorting.js';
import { standingOfHost } from '../state/standing.js';
import type { HostJson } from '../state/wire.js';
import { Meter } from '../ui/bar.js';
import { Empty, PageHead } from '../ui/card.js';
import { Filter } from '../ui/filter.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

/** All hosts. */
export function Hosts() {
  useHostSamples();
  const desk = useDesk();
  follow(desk.fleetVersion, desk.sampleVersion);
  const text = useSignal('');
  const all = [...desk.fleet.hosts.values()];
  const shown = all.filter((host) => matches(text.value, wordsOf(host)));
  return (
    <>
      <PageHead title="Hosts">
        <Filter text={text} name="Filter hosts" shown={shown.length} all={all.length} />
      </PageHead>
      <Table
        caption="Hosts"
        columns={columnsOf(desk)}
        items={shown}
        idOf={({ id }) => id}
        order={{ by: 'Host', isDown: false }}
        empty={<NoHosts isEmpty={all.length === 0} />}
      />
    </>
  );
}

function NoHosts({ isEmpty }: { readonly isEmpty: boolean }) {
  if (!isEmpty) return <Empty title="No host is like this" />;
  return (
    <Empty title="No hosts yet">
      On the coordinator, <code>headframe token create</code> prints the line that makes a machine a host.
    </Empty>
  );
}

function wordsOf(host: HostJson): string[] {
  const labels = Object.entries(host.labels).map(([key, value]) => `${key}=${value}`);
  return [host.name, host.id, standingOfHost(host).word, ...labels];
}

function columnsOf({ samples, clock }: Desk): Column<HostJson>[] {
  const used = (id: string) => samples.last(id);
  return [
    { name: 'Host', key: ({ name }) => name, cell: ({ id, name }) => <a href={hrefOf('hosts', id)}>{name}</a> },
    { name: 'State', key: (host) => standingOfHost(host).word, cell: (host) => <Tag {...standingOfHost(host)} /> },
    { name: 'Instances', look: 'number', key: ({ instances }) => instances, cell: ({ instances }) => instances },
    {
      name: 'CPU given',
      key: ({ allocated, allocatable }) => (allocated?.cpuMillis ?? 0) / (allocatable?.cpuMillis ?? 1),
      cell: (host) => <Given name="CPU given" host={host} of="cpuMillis" />,
    },
    {
      name: 'Memory given',
      look: 'wide',
      key: ({ allocated, allocatable }) => Number(allocated?.memoryBytes ?? 0) / Number(allocatable?.memoryBytes ?? 1),
      cell: (host) => <Given name="Memory given" host={host} of="memoryBytes" />,
    },
    {
      name: 'CPU used',
      look: 'number wide',
      key: ({ id }) => used(id)?.cpus ?? 0,
      cell: ({ id }) => cpus((used(id)?.cpus ?? NaN) * 1000),
    },
    {
      name: 'Memory used',
      look: 'number wide',
      key: ({ id }) => used(id)?.memoryBytes ?? 0,
      cell: ({ id }) => bytes(used(id)?.memoryBytes ?? 0),
    },
    { name: 'Why', look: 'wider stretch', cell: ({ conditions: [condition], text }) => condition?.text ?? text },
    {
      name: 'Seen',
      look: 'number wider',
      key: ({ lastSeenMs }) => Number(lastSeenMs),
      cell: ({ lastSeenMs, state }) => (state === 'HOST_STATE_READY' ? 'now' : ago(lastSeenMs, clock.value)),
    },
  ];
}

interface GivenProps {
  readonly name: string;
  readonly host: HostJson;
  readonly of: 'cpuMillis' | 'memoryBytes';
}

function Given({ name, host: { allocated, allocatable }, of }: GivenProps) {
  return <Meter label={name} part={amountsOf(allocated)[of]} whole={amountsOf(allocatable)[of]} />;
}
