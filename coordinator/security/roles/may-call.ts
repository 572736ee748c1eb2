import type { Caller } from '../../../common/model/caller.js';
import { PERMISSIONS } from './table.js';

/** Why a caller may not make a call: nobody may, their role may not, or it reaches beyond their namespaces. */
export type Forbidden = 'unmapped' | 'role' | 'scope';

/** Whether the method may be called by whoever shows no proof but its request. */
export function isOpen(method: string): boolean {
  return PERMISSIONS.get(method)?.scope === 'open';
}

/** Why a caller may not call the method; undefined when they may. What is in nobody's table nobody may. */
export function whyForbidden({ role, namespaces, hostId }: Caller, method: string): Forbidden | undefined {
  const permission = PERMISSIONS.get(method);
  if (permission === undefined) return 'unmapped';
  const { roles, scope } = permission;
  if (scope === 'open') return undefined;
  if (!roles.includes(role)) return 'role';
  if (scope === 'fleet' && namespaces !== undefined) return 'scope';
  // An agent without a host would be everywhere at home.
  return role === 'agent' && hostId === undefined ? 'role' : undefined;
}
