import type { ModuleSuggestion } from '../../../common/gen/headframe/v1/module_service_pb.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, toned } from './cells.js';

/** What `modules refresh --network` lists. */
export function suggestionsView(suggestions: readonly ModuleSuggestion[], { wide }: Viewing): View {
  const columns: Column<ModuleSuggestion>[] = [
    { title: 'NETUID', cell: ({ netuid }) => String(netuid) },
    { title: 'SUBNET', cell: ({ subnet }) => subnet || NOTHING },
    { title: 'NAME', cell: ({ name }) => name || NOTHING },
    { title: 'STATE', cell: stateCell },
    { title: 'REPOSITORY', cell: ({ url }) => url },
  ];
  return [
    { kind: 'table', table: tableOf(columns, suggestions, wide), empty: 'Nothing there names a repository.' },
    ...(suggestions.some(({ usable, added }) => usable && added === '')
      ? [
          {
            kind: 'text',
            text: 'Add one: headframe modules add NAME --network NETWORK --netuid NETUID; of a subnet that names several: --git REPOSITORY',
          } as const,
        ]
      : []),
  ];
}

function stateCell({ added, usable }: ModuleSuggestion): Cell {
  if (added !== '') return toned(`added as ${added}`, 'good');
  return usable ? 'not added' : toned('not usable', 'warn');
}
