import type { InstanceRecord } from '../../common/model/instance.js';
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

/** Merges commits. Throws `HeadframeError` (out_of_range, 'revision_compacted') when one does not tell what it removed. */
export function mergeCommits(commits: readonly StoreCommit[]): Touched {
  const touched = {
    miners: new Set<string>(),
    hosts: new Set<string>(),
    instances: new Map<number, TouchedInstance>(),
  };
  for (const { revision, changes } of commits)
    for (const change of changes) {
      const { table, key, instance } = read(change);
      if (table === 'miner') touched.miners.add(key);
      if (table === 'host') touched.hosts.add(key);
      if (instance === undefined) continue;
      touched.instances.set(instance.serial, {
        record: instance,
        removed: change.kind === 'instanceRemoved',
        revision,
      });
      touched.miners.add(instance.miner);
      if (instance.hostId !== undefined) touched.hosts.add(instance.hostId);
    }
  return touched;
}

function read(change: StoreChange): { table: string; key: string; instance: InstanceRecord | undefined } {
  switch (change.kind) {
    case 'document':
    case 'documentRemoved':
      return { table: change.table, key: change.key, instance: undefined };
    case 'instance':
      return { table: '', key: '', instance: change.record };
    case 'instanceRemoved':
      if (change.last === undefined) throw forgotten(change.serial);
      return { table: '', key: '', instance: change.last };
  }
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
