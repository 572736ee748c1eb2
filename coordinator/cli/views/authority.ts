import type {
  Authority,
  FormerAuthority,
  GetAuthorityResponse,
} from '../../../common/gen/headframe/v1/access_service_pb.js';
import type { Cell, View } from '../output/view.js';
import { timeCell, toned } from './cells.js';

/** What `authority` shows. */
export function authorityView({ current, former }: Pick<GetAuthorityResponse, 'current' | 'former'>): View {
  const view = current === undefined ? [] : [{ kind: 'facts', title: 'Authority', facts: factsOf(current) } as const];
  if (former?.authority === undefined) return view;
  const facts = [...factsOf(former.authority), ...standingOf(former)];
  return [...view, { kind: 'facts', title: 'Former, still trusted', facts }];
}

function factsOf({ digest, notBeforeMs, notAfterMs }: Authority): [string, Cell][] {
  return [
    ['digest', digest],
    ['valid from', timeCell(Number(notBeforeMs))],
    ['valid until', timeCell(Number(notAfterMs))],
  ];
}

function standingOf(former: FormerAuthority): [string, Cell][] {
  const { hosts, hostCount, clients, clientCount, tokens, tokenCount } = former;
  return [
    ['replaced', timeCell(Number(former.rotatedAtMs))],
    ['hosts that need it', needed(hosts, hostCount)],
    ['people that need it', needed(clients, clientCount)],
    ['tokens that name it', needed(tokens, tokenCount)],
  ];
}

/** The first of them, and how many there are. */
function needed(names: readonly string[], count: number): Cell {
  if (count === 0) return toned('none', 'good');
  const more = count - names.length;
  return toned(`${String(count)}: ${names.join(', ')}${more > 0 ? `, and ${String(more)} more` : ''}`, 'warn');
}
