import type { CredentialState, CredentialView } from '../../../common/model/access.js';
import type { WhoAmIResponse } from '../../../common/gen/headframe/v1/access_service_pb.js';
import { ROLE } from '../../../common/wire/client.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, Tone, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

const TONES: Readonly<Record<CredentialState, Tone>> = { valid: 'good', expired: 'faint', revoked: 'faint' };

/** The table of `credentials ls`. */
export function credentialsView(credentials: readonly CredentialView[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), credentials, viewing.wide), empty: 'No credentials.' }];
}

/** What `whoami` says. */
export function whoView({ role, name, namespaces, credential, host, expiresAtMs }: WhoAmIResponse): View {
  const facts: [string, Cell][] = [
    ['name', name],
    ['role', ROLE.fromWire(role, 'role')],
    ['namespaces', namespacesCell(namespaces)],
    ['credential', credential],
    ['good until', timeCell(Number(expiresAtMs))],
  ];
  if (host !== '') facts.push(['host', host]);
  return [{ kind: 'facts', facts }];
}

/** Those that somebody is held to. */
export function namespacesCell(namespaces: readonly string[] | undefined = []): Cell {
  return namespaces.length === 0 ? 'all' : namespaces.join(', ');
}

function columns({ nowMs }: Viewing): Column<CredentialView>[] {
  return [
    { title: 'NAME', cell: ({ name, hostId }) => hostId ?? (name === '' ? NOTHING : name) },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'NAMESPACES', cell: ({ namespaces }) => namespacesCell(namespaces) },
    { title: 'STATE', cell: ({ state }) => toned(state, TONES[state]) },
    { title: 'EXPIRES', cell: ({ expiresAtMs }) => timeCell(expiresAtMs) },
    { title: 'AGE', cell: ({ issuedAtMs }) => ageCell(issuedAtMs, nowMs) },
    { title: 'ID', cell: ({ id }) => id },
  ];
}
