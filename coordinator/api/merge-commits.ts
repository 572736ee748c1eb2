import type { InstanceRecord } from '../../common/model/instance.js';
import { instancesIn } from '../instances/instance-rows.js';
import type { StoreChange, StoreCommit } from '../store/store.js';
import { HeadframeError } from '../../common/model/error.js';

/** An instance as a commit left it, or as it was when that removed it. */
export interface TouchedInstance {
  readonly record: InstanceRecord;
  readonly removed: boolean;
  readonly revision: number;
}

/** What a run of commits touched, each record once. */
export interface Touched {
  /** Miners whose record or instances changed. */
  readonly miners: ReadonlySet<string>;
  /** Hosts whose record or instances changed. */
  readonly hosts: ReadonlySet<string>;
  /** By serial, as the last of the commits left them. */
  readonly instances: ReadonlyMap<number, TouchedInstance>;
}

interface Draft {
  readonly miners: Set<string>;
  readonly hosts: Set<string>;
  readonly instances: Map<number, TouchedInstance>;
}

/** Merges commits. Throws `HeadframeError` (out_of_range, 'revision_compacted') when one does not tell what it removed. */
export function mergeCommits(commits: readonly StoreCommit[]): Touched {
  const touched: Draft = { miners: new Set(), hosts: new Set(), instances: new Map() };
  for (const { revision, changes } of commits) for (const change of changes) merge(touched, change, revision);
  return touched;
}

function merge(touched: Draft, change: StoreChange, revision: number): void {
  if ('table' in change) {
    if (change.table === 'miner') touched.miners.add(change.key);
    if (change.table === 'host') touched.hosts.add(change.key);
    return;
  }
  const removed = change.kind === 'instanceRemoved';
  for (const record of removed ? [lastOf(change)] : instancesIn(change)) {
    touched.instances.set(record.serial, { record, removed, revision });
    touched.miners.add(record.miner);
    if (record.hostId !== undefined) touched.hosts.add(record.hostId);
  }
}

function lastOf({ serial, last }: { readonly serial: number; readonly last?: InstanceRecord }): InstanceRecord {
  if (last === undefined) throw forgotten(serial);
  return last;
}

// The store does not keep what a removal removed, so a watch cannot go back over one from before the start.
function forgotten(serial: number): HeadframeError {
  return new HeadframeError({
    code: 'out_of_range',
    reason: 'revision_compacted',
    message: `the coordinator has started again since instance ${serial} was removed`,
    remedy: 'List again and watch from the revision of the list.',
  });
}
