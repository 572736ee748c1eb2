import type { TokenState } from '../../../common/model/access.js';
import type { TokenView } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, pairsCell, timeCell, toned } from './cells.js';
import { namespacesCell } from './credentials.js';

const TONES: Readonly<Record<TokenState, Tone>> = { valid: 'good', expired: 'faint', spent: 'faint', revoked: 'faint' };

/** The table of `token ls`. */
export function tokensView(tokens: readonly TokenView[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), tokens, viewing.wide), empty: 'No tokens.' }];
}

function columns({ nowMs }: Viewing): Column<TokenView>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'FOR', cell: ({ kind, role }) => (kind === 'bearer' ? 'calls' : role === 'agent' ? 'join' : 'login') },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'NAME', cell: ({ name = NOTHING }) => name },
    { title: 'STATE', cell: ({ state }) => toned(state, TONES[state]) },
    { title: 'USES LEFT', cell: usesCell },
    { title: 'EXPIRES', cell: ({ expiresAtMs }) => timeCell(expiresAtMs) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, nowMs) },
    { title: 'NAMESPACES', cell: ({ namespaces }) => namespacesCell(namespaces), wide: true },
    { title: 'LABELS', cell: ({ labels }) => pairsCell(labels) },
    { title: 'BY', cell: ({ createdBy }) => createdBy, wide: true },
  ];
}

function usesCell({ kind, uses, usesLeft }: TokenView): string {
  return kind === 'bearer' ? NOTHING : `${String(usesLeft)}/${String(uses)}`;
}
