import type { FleetEvent } from '../../common/model/event.js';
import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { severityOf } from '../../common/model/reason.js';
import { instancesIn } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';

/**
 * What happened in a commit: its own events, then one for each instance whose state, health, reason, restarts or host
 * changed. Changes that people are not told, as of a container id alone, leave `changedAtMs` behind the commit's time.
 */
export function eventsOf(commit: StoreCommit): FleetEvent[] {
  const events = [...commit.events];
  for (const change of commit.changes)
    for (const record of instancesIn(change))
      if (record.changedAtMs === commit.atMs) events.push(instanceEvent(commit, record));
  return events;
}

function instanceEvent(commit: StoreCommit, record: InstanceRecord): FleetEvent {
  return {
    revision: commit.revision,
    atMs: commit.atMs,
    subject: 'instance',
    id: instanceId(record.miner, record.serial),
    reason: record.reason,
    text: record.text,
    severity: severityOf(record.reason),
    miner: record.miner,
    hostId: record.hostId ?? '',
    state: record.state,
  };
}
