import type { InstanceRecord } from '../../common/model/instance.js';
import { instancesIn, recordsIn } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';

/** What one commit changed of the instances of one host. */
export interface HostChanges {
  readonly changed: readonly InstanceRecord[];
  /** Many changed at once, all on the host. */
  readonly rows: readonly InstanceRows[];
  /** As they were last. */
  readonly removed: readonly InstanceRecord[];
}

interface Draft {
  readonly changed: InstanceRecord[];
  readonly rows: InstanceRows[];
  readonly removed: InstanceRecord[];
}

/** A commit's changes of instances by host, so that each session looks at its own alone. Those without a host are left out. */
export function changesByHost(commit: StoreCommit): ReadonlyMap<string, HostChanges> {
  const byHost = new Map<string, Draft>();
  for (const change of commit.changes) {
    if (change.kind === 'instances' && change.rows.columns.hostId === undefined) {
      const { hostId } = change.rows.like;
      if (hostId !== undefined) draftOf(byHost, hostId).rows.push(change.rows);
      continue;
    }
    for (const record of instancesIn(change))
      if (record.hostId !== undefined) singlesOf(byHost, record.hostId).push(record);
    if (change.kind === 'instanceRemoved' && change.last?.hostId !== undefined)
      draftOf(byHost, change.last.hostId).removed.push(change.last);
  }
  return byHost;
}

/** The records of a host; rows that came before become records, so that what comes later counts. */
function singlesOf(byHost: Map<string, Draft>, hostId: string): InstanceRecord[] {
  const { changed, rows } = draftOf(byHost, hostId);
  for (const batch of rows.splice(0)) changed.push(...recordsIn(batch));
  return changed;
}

function draftOf(byHost: Map<string, Draft>, hostId: string): Draft {
  const known = byHost.get(hostId);
  if (known !== undefined) return known;
  const fresh: Draft = { changed: [], rows: [], removed: [] };
  byHost.set(hostId, fresh);
  return fresh;
}
