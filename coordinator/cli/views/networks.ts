import { formatAge } from '../../../common/model/units.js';
import type { NetworkView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, pairsCell, timeCell, toned } from './cells.js';

const TONES: Readonly<Record<NetworkView['state'], Tone>> = { connecting: 'warn', ready: 'good', away: 'bad' };

/** The table of `networks ls`. */
export function networksView(networks: readonly NetworkView[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), networks, viewing.wide), empty: 'No networks.' }];
}

/** All of one network, as `networks show` has it. */
export function networkView(network: NetworkView, { nowMs }: Viewing): View {
  const { capabilities } = network;
  const listed = (present: boolean): (readonly [string, Cell])[] =>
    capabilities.filter((capability) => capability.present === present).map(({ name, text }) => [name, text]);
  return [
    { kind: 'facts', facts: standingFacts(network, nowMs) },
    { kind: 'facts', title: 'Chain', facts: chainFacts(network, nowMs) },
    ...(capabilities.length === 0
      ? [{ kind: 'text', title: 'The chain has', text: 'Not known before the first connection.' } as const]
      : ([
          { kind: 'facts', title: 'The chain has', facts: listed(true) },
          { kind: 'facts', title: 'The chain has not', facts: listed(false) },
        ] as const)),
  ];
}

function standingFacts(network: NetworkView, nowMs: number): (readonly [string, Cell])[] {
  return [
    ['name', network.name],
    ['state', stateCell(network)],
    ['why', `${network.text} (${network.reason})`],
    ['since', timeAndAge(network.sinceMs, nowMs)],
    ['endpoints', network.endpoints.map((url) => (url === network.endpoint ? `${url} (connected)` : url)).join(', ')],
    ['reconnects', String(network.reconnects)],
    ['reorgs', String(network.reorgs)],
    ['labels', pairsCell(network.labels)],
    ['added', timeCell(network.createdAtMs)],
  ];
}

function chainFacts({ runtime, ...network }: NetworkView, nowMs: number): (readonly [string, Cell])[] {
  const said = (text: string | number | undefined): string =>
    text === undefined || text === '' ? NOTHING : String(text);
  const block = (head: NetworkView['best']): string =>
    head === undefined ? NOTHING : `${String(head.number)} ${head.hash}`;
  return [
    ['chain', said(runtime?.chain)],
    ['runtime', runtime === undefined ? NOTHING : `${runtime.specName} ${String(runtime.specVersion)}`],
    ['token', said(runtime?.tokenSymbol)],
    ['decimals', said(runtime?.decimals)],
    ['ss58 prefix', said(runtime?.ss58Prefix)],
    ['genesis', said(network.genesisHash)],
    ['best', block(network.best)],
    ['best seen', network.bestAtMs === 0 ? NOTHING : `${formatAge(nowMs - network.bestAtMs)} ago`],
    ['finalized', block(network.finalized)],
    ['finality lag', lagCell(network)],
  ];
}

function timeAndAge(atMs: number, nowMs: number): string {
  return `${timeCell(atMs)} (${ageCell(atMs, nowMs)} ago)`;
}

function stateCell({ state }: Pick<NetworkView, 'state'>): Cell {
  return toned(state, TONES[state]);
}

function lagCell({ best, finalized }: Pick<NetworkView, 'best' | 'finalized'>): string {
  return best === undefined || finalized === undefined ? NOTHING : `${String(best.number - finalized.number)} blocks`;
}

function columns({ nowMs }: Viewing): Column<NetworkView>[] {
  return [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'STATE', cell: stateCell },
    { title: 'CHAIN', cell: ({ runtime }) => runtime?.chain ?? NOTHING },
    {
      title: 'RUNTIME',
      cell: ({ runtime }) => (runtime ? `${runtime.specName} ${String(runtime.specVersion)}` : NOTHING),
    },
    { title: 'BEST', cell: ({ best }) => (best === undefined ? NOTHING : String(best.number)) },
    { title: 'FINALIZED', cell: ({ finalized }) => (finalized === undefined ? NOTHING : String(finalized.number)) },
    { title: 'WHY', cell: ({ reason }) => reason },
    { title: 'SINCE', cell: ({ sinceMs }) => ageCell(sinceMs, nowMs) },
    { title: 'ENDPOINT', cell: ({ endpoint }) => endpoint || NOTHING, wide: true },
    { title: 'RECONNECTS', cell: ({ reconnects }) => String(reconnects), wide: true },
    { title: 'LABELS', cell: ({ labels }) => pairsCell(labels), wide: true },
  ];
}
