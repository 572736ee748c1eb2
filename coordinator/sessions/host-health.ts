import type { HostCondition } from '../../common/model/host.js';
import type { HostHealth } from '../../common/wire/agent.js';
import type { Transaction } from '../fleet/port.js';

/** Takes what an agent says of its host's health into the fleet: its conditions whole, and what it did as events. */
export function applyHostHealth(tx: Transaction, hostId: string, { conditions, notices }: HostHealth): void {
  const host = tx.host(hostId);
  if (host === undefined) return;
  const tell = (reason: string, text: string): void => {
    tx.event({ subject: 'host', id: hostId, hostId, state: host.state, reason, text });
  };
  for (const { reason, text } of notices) tell(reason, text);
  const before = host.conditions ?? [];
  if (reasonsOf(before) === reasonsOf(conditions)) return;
  tx.putHost({ ...host, conditions, changedAtMs: tx.atMs });
  for (const { reason, text } of conditions) if (!has(before, reason)) tell(reason, text);
  for (const { reason } of before) if (!has(conditions, reason)) tell('host_recovered', `${reason} is over.`);
}

function has(conditions: readonly HostCondition[], reason: string): boolean {
  return conditions.some((condition) => condition.reason === reason);
}

/** Texts change with every measurement; only what comes and goes is worth a record. */
function reasonsOf(conditions: readonly HostCondition[]): string {
  return conditions
    .map(({ reason }) => reason)
    .toSorted()
    .join(' ');
}
