import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import { rounded } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { AsOf } from '../ui/as-of.js';
import { Empty, PageHead } from '../ui/card.js';
import { ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';
import { AskModel } from './ask-model.js';

interface ModelJson {
  readonly name: string;
  readonly namespace: string;
  readonly replicas: number;
  readonly ready: number;
  /** Not told to all who may ask. */
  readonly figures?: {
    readonly failed: string;
    readonly outstanding: number;
    readonly requestsPerSecond: number;
    readonly latency?: { readonly p50Ms: number; readonly p99Ms: number };
  };
}

const EVERY_MS = 5_000;
const UP = { title: 'Models', href: hrefOf('models') };

/** Models that can be asked, and how they answer. */
export function Models() {
  const mayDeploy = useDesk().whyNot('FleetService/ApplyMiners') === undefined;
  const { value, problem, atMs } = useAsked<{ models: readonly ModelJson[]; nextPageToken: string }>(
    '/v1/models?pageSize=1000',
    EVERY_MS,
  );
  return (
    <>
      <PageHead title="Models" about={<AsOf atMs={atMs} />} />
      <ProblemNote problem={problem} />
      {value !== undefined && (
        <Table
          {...{ caption: 'Models', unfolds: true, columns: COLUMNS, items: value.models }}
          idOf={({ name }) => name}
          order={{ by: 'Model', isDown: false }}
          empty={
            <Empty title="No models">
              {mayDeploy ? (
                <>
                  <code>headframe models deploy</code> makes one of its Dockerfile, and so does{' '}
                  <a href={hrefOf('deploy')}>Deploy</a>.
                </>
              ) : (
                'Models of the namespaces of this identity would be here, to be asked.'
              )}
            </Empty>
          }
        />
      )}
      {value !== undefined && value.nextPageToken !== '' && <p class="muted">The first 1000 are shown.</p>}
    </>
  );
}

/** One model, to be asked by those as well who see no miners. */
export function ModelPage({ name }: { readonly name: string }) {
  const seesMiners = useDesk().whyNot('FleetService/WatchFleet') === undefined;
  return (
    <>
      <PageHead title={name} up={UP} about={seesMiners && <a href={hrefOf('miners', name)}>its miner</a>} />
      <AskModel name={name} />
    </>
  );
}

const COLUMNS: readonly Column<ModelJson>[] = [
  { name: 'Model', key: ({ name }) => name, cell: ({ name }) => <a href={hrefOf('models', name)}>{name}</a> },
  {
    name: 'Ready',
    key: ({ ready }) => ready,
    cell: ({ ready, replicas }) => (
      <Tag
        word={`${String(ready)} of ${String(replicas)}`}
        tone={ready === 0 ? 'bad' : ready < replicas ? 'warn' : 'good'}
      />
    ),
  },
  {
    name: 'Asked a second',
    look: 'number wide',
    key: ({ figures }) => figures?.requestsPerSecond ?? -1,
    cell: ({ figures }) => rounded(figures?.requestsPerSecond ?? NaN),
  },
  latencyColumn('p50', 'p50Ms'),
  latencyColumn('p99', 'p99Ms'),
  { name: 'Under way', look: 'number wide', cell: ({ figures }) => figures?.outstanding ?? '–' },
  { name: 'Failed', look: 'number wide', cell: ({ figures }) => figures?.failed ?? '–' },
  { name: 'Namespace', look: 'wide', key: ({ namespace }) => namespace, cell: ({ namespace }) => namespace },
];

function latencyColumn(name: string, of: 'p50Ms' | 'p99Ms'): Column<ModelJson> {
  return {
    ...{ name, look: 'number wide', key: ({ figures }) => figures?.latency?.[of] ?? -1 },
    cell: ({ figures }) => (figures?.latency === undefined ? '–' : `${rounded(figures.latency[of])} ms`),
  };
}
