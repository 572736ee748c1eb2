import type { Grant } from '../../../common/model/access.js';
import type { Caller, Role } from '../../../common/model/caller.js';
import { HeadframeError } from '../../../common/model/error.js';

/** Roles that somebody may give to others; who may give admins away is an admin. */
const GIVEN_BY: Readonly<Record<Role, readonly Role[]>> = {
  admin: ['admin', 'operator', 'scheduler', 'viewer', 'renter', 'agent'],
  operator: ['scheduler', 'viewer', 'renter', 'agent'],
  scheduler: [],
  viewer: [],
  renter: [],
  agent: [],
};

/** Roles that are held to no namespaces. */
const OF_THE_FLEET: readonly Role[] = ['admin', 'agent'];

/** Whether a caller may give that to somebody, or take it away: nobody gives more than they have. */
export function mayGive(caller: Pick<Caller, 'role' | 'namespaces'>, grant: Omit<Grant, 'name'>): boolean {
  if (!GIVEN_BY[caller.role].includes(grant.role)) return false;
  const { namespaces: own } = caller;
  // What is of the whole fleet, a host included, is more than who is held to namespaces has.
  return own === undefined || (grant.namespaces?.every((name) => own.includes(name)) ?? false);
}

/** What is wrong with the namespaces of a grant: the field's expectation, or undefined when nothing is. */
export function wrongNamespaces({ role, namespaces }: Omit<Grant, 'name'>): string | undefined {
  if (OF_THE_FLEET.includes(role)) return namespaces === undefined ? undefined : `none: ${role} is of the whole fleet`;
  if (role === 'scheduler' && namespaces === undefined) return 'at least one for a scheduler';
  return undefined;
}

/** A grant of more than the caller has. */
export function grantRefused({ role }: Pick<Grant, 'role'>, what: 'give' | 'revoke'): HeadframeError {
  return new HeadframeError({
    code: 'permission_denied',
    reason: what === 'give' ? 'grant_exceeds_own' : 'revocation_exceeds_own',
    message: `your own role and namespaces do not let you ${what} this: ${role}`,
    remedy: 'Ask an admin. Operators give and revoke scheduler, viewer, renter and agent, within their own namespaces.',
    metadata: { role },
  });
}
