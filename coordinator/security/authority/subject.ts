import type { Role } from '../../../common/model/caller.js';

/** Whom a certificate speaks of; it lies in its subject alternative name as a URI. */
export type Subject =
  | { readonly role: 'agent'; readonly hostId: string }
  | {
      readonly role: Exclude<Role, 'agent'>;
      readonly name: string;
      /** Undefined means all. */
      readonly namespaces?: readonly string[] | undefined;
    };

const CLIENT_ROLES: readonly Exclude<Role, 'agent'>[] = ['admin', 'operator', 'viewer', 'scheduler', 'renter'];

/** `headframe://agent/HOST` or `headframe://client/ROLE/NAME?namespaces=A,B`. */
export function subjectUri(subject: Subject): string {
  if (subject.role === 'agent') return `headframe://agent/${encodeURIComponent(subject.hostId)}`;
  const held = subject.namespaces?.map(encodeURIComponent).join(',');
  const path = `headframe://client/${subject.role}/${encodeURIComponent(subject.name)}`;
  return held === undefined ? path : `${path}?namespaces=${held}`;
}

/** Reads what `subjectUri` wrote; undefined for anything else. */
export function parseSubject(uri: string): Subject | undefined {
  const hostId = /^headframe:\/\/agent\/([^/?#]+)$/.exec(uri)?.[1];
  if (hostId !== undefined) return decoded((read) => ({ role: 'agent', hostId: read(hostId) }));
  const match = /^headframe:\/\/client\/([a-z]+)\/([^/?#]+)(?:\?namespaces=([^?#&]*))?$/.exec(uri);
  const role = CLIENT_ROLES.find((known) => known === match?.[1]);
  if (match === null || role === undefined) return undefined;
  const [, , name = '', held] = match;
  return decoded((read) => ({
    role,
    name: read(name),
    namespaces: held?.split(',').map(read),
  }));
}

/** `headframe://coordinator/NAME`, by which a coordinator is known to the others of its fleet. */
export function coordinatorUri(name: string): string {
  return `headframe://coordinator/${encodeURIComponent(name)}`;
}

/** Reads what `coordinatorUri` wrote; undefined for anything else. */
export function parseCoordinator(uri: string): string | undefined {
  const name = /^headframe:\/\/coordinator\/([^/?#]+)$/.exec(uri)?.[1];
  try {
    return name && decodeURIComponent(name);
  } catch {
    return undefined; // as below
  }
}

function decoded(make: (read: (text: string) => string) => Subject): Subject | undefined {
  try {
    return make(decodeURIComponent);
  } catch {
    return undefined; // a lone percent sign: nothing that was written here
  }
}
