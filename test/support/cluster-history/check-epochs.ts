import type { HistoryEvent, Lead } from './history.js';
import type { Violation } from './violation.js';

/** Epochs: no agent goes back, each is one coordinator's, and who led before says so no more once another does. */
export function checkEpochs(history: readonly HistoryEvent[]): Violation[] {
  const leads = history.filter((event) => event.kind === 'lead');
  return [...checkHosts(history), ...checkShared(leads), ...checkFormer(leads)];
}

function checkHosts(history: readonly HistoryEvent[]): Violation[] {
  const found: Violation[] = [];
  const last = new Map<string, number>();
  for (const event of history) {
    if (event.kind !== 'dispatch') continue;
    const before = last.get(event.host) ?? 0;
    if (event.epoch < before)
      found.push({
        kind: 'epoch_back',
        text: `${event.host} took epoch ${String(event.epoch)} after ${String(before)}`,
      });
    last.set(event.host, Math.max(before, event.epoch));
  }
  return found;
}

function checkShared(leads: readonly Lead[]): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<number, string>();
  for (const { epoch, coordinator } of leads) {
    const owner = owners.get(epoch) ?? coordinator;
    owners.set(epoch, owner);
    if (owner !== coordinator)
      found.push({ kind: 'epoch_shared', text: `${owner} and ${coordinator} both led in epoch ${String(epoch)}` });
  }
  return found;
}

function checkFormer(leads: readonly Lead[]): Violation[] {
  return leads.flatMap((lead): Violation[] => {
    const newer = leads.find(({ epoch, endMs }) => epoch > lead.epoch && endMs < lead.startMs);
    if (newer === undefined) return [];
    const text = `${lead.coordinator} said that it leads in epoch ${String(lead.epoch)} after epoch ${String(newer.epoch)} of ${newer.coordinator}`;
    return [{ kind: 'old_leader_spoke', text }];
  });
}
