import type { AuditEntry, VerifyChainResponse } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, timeCell, toned } from './cells.js';

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'ENTRY', cell: ({ sequence }) => String(sequence) },
  { title: 'TIME', cell: ({ atMs }) => timeCell(Number(atMs)) },
  { title: 'WHO', cell: ({ role, name }) => (name === '' || name === role ? role : `${role}/${name}`) },
  { title: 'FROM', cell: ({ peer }) => peer || NOTHING },
  { title: 'METHOD', cell: ({ method }) => method.slice(method.lastIndexOf('/') + 1) || NOTHING },
  { title: 'TARGET', cell: ({ target }) => target || NOTHING },
  { title: 'OUTCOME', cell: outcomeCell },
  { title: 'CREDENTIAL', cell: ({ credential }) => credential || NOTHING, wide: true },
  { title: 'REQUEST', cell: ({ requestId }) => requestId || NOTHING, wide: true },
];

/** The table of `audit ls`. */
export function auditView(entries: readonly AuditEntry[], { wide }: Viewing): View {
  return [{ kind: 'table', table: tableOf(COLUMNS, entries, wide), empty: 'No such entries.' }];
}

/** What `audit verify` found. */
export function verificationView({ fault, done, files, entries, headSequence, headHash }: VerifyChainResponse): View {
  const isWhole = done && fault === undefined;
  const facts: [string, Cell][] = [
    ['state', isWhole ? { text: 'whole', tone: 'good' } : { text: 'damaged', tone: 'bad' }],
    ['files', String(files)],
    ['entries', String(entries)],
    ['head', `${String(headSequence)}:${headHash}`],
  ];
  if (fault !== undefined)
    facts.push(['damage', toned(`${fault.reason} at entry ${String(fault.sequence)} of ${fault.file}`, 'bad')]);
  return [{ kind: 'facts', facts }];
}

function outcomeCell({ outcome, reason, count }: AuditEntry): Cell {
  const times = count > 1 ? ` x${String(count)}` : '';
  const text = `${reason === '' ? outcome : `${outcome} (${reason})`}${times}`;
  return toned(text, outcome === 'ok' || outcome === 'started' ? undefined : 'bad');
}
