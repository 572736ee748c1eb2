import type { AuditEntry, AuditFacts } from './entry.js';

const OWN_ROLE = 'coordinator';
const REMOVED = 'log.removed';

/** What befell the log itself. */
export type OwnMethod = 'log.began' | 'log.mended' | typeof REMOVED;

/** What the coordinator records by itself. */
export function ownFacts(atMs: number, method: OwnMethod, target: string): AuditFacts {
  const nobody = { role: OWN_ROLE, name: OWN_ROLE, credential: '', peer: '', requestId: '' };
  return { ...nobody, atMs, method, target, outcome: 'ok', reason: '', count: 1 };
}

/** Last entry that the coordinator has removed for its age, by what this entry says; 0 when it says nothing of that. */
export function removedThrough({ role, method, target }: AuditEntry): number {
  if (role !== OWN_ROLE || method !== REMOVED) return 0;
  return Number(/^entries\/1-(\d{1,16})$/.exec(target)?.[1] ?? 0);
}
