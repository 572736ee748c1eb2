import { formatBytes } from '../../../common/model/units.js';
import type { SecretView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell } from './cells.js';

/** Miners named in a row. */
const MOST_NAMED = 3;

/** The table of `secrets ls`. */
export function secretsView(secrets: readonly SecretView[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), secrets, viewing.wide), empty: 'No secrets.' }];
}

function columns({ nowMs }: Viewing): Column<SecretView>[] {
  return [
    { title: 'NAMESPACE', cell: ({ namespace }) => namespace },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'VERSION', cell: ({ version }) => String(version) },
    { title: 'SIZE', cell: ({ size }) => formatBytes(size) },
    { title: 'SET', cell: ({ setAtMs }) => ageCell(setAtMs, nowMs) },
    { title: 'USED BY', cell: usersCell },
    { title: 'BY', cell: ({ setBy }) => setBy, wide: true },
    { title: 'CREATED', cell: ({ createdAtMs }) => timeCell(createdAtMs), wide: true },
    { title: 'KEY', cell: ({ keyId }) => keyId, wide: true },
  ];
}

function usersCell({ miners }: SecretView): string {
  if (miners.length === 0) return NOTHING;
  const more = miners.length - MOST_NAMED;
  return `${miners.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
