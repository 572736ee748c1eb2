import type { InstanceRecord } from '../../common/model/instance.js';
import { instancesIn } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';

/** What one commit changed of the instances of one host. */
export interface HostChanges {
  readonly changed: readonly InstanceRecord[];
  /** As they were last. */
  readonly removed: readonly InstanceRecord[];
}

interface Draft {
  readonly changed: InstanceRecord[];
  readonly removed: InstanceRecord[];
}

/** A commit's changes of instances by host, so that each session looks at its own alone. Those without a host are left out. */
export function changesByHost(commit: StoreCommit): ReadonlyMap<string, HostChanges> {
  const byHost = new Map<string, Draft>();
  for (const change of commit.changes) {
    for (const record of instancesIn(change))
      if (record.hostId !== undefined) draftOf(byHost, record.hostId).changed.push(record);
    if (change.kind === 'instanceRemoved' && change.last?.hostId !== undefined)
      draftOf(byHost, change.last.hostId).removed.push(change.last);
  }
  return byHost;
}

function draftOf(byHost: Map<string, Draft>, hostId: string): Draft {
  const known = byHost.get(hostId);
  if (known !== undefined) return known;
  const fresh: Draft = { changed: [], removed: [] };
  byHost.set(hostId, fresh);
  return fresh;
}
