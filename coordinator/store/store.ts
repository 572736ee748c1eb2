import type { FleetEvent } from '../../common/model/event.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { InstanceBlock } from '../instances/instance-columns.js';
import type { InstanceRows } from '../instances/instance-rows.js';

/** Epochs skipped by whoever sets a store back, so that agents which met later coordinators still obey the next. */
export const FENCE_EPOCHS = 1_000_000;

/** Tables of small documents, each a JSON value under a string key. */
export const DOCUMENT_TABLES = [
  'miner',
  'workload',
  'host',
  'setting',
  'history',
  'namespace',
  'token',
  'credential',
  'secret',
  'wallet',
  'module',
  'intent',
  'network',
  'stakePolicy',
  'subnet',
  'reward',
  'weightCommit',
  'lease',
  'verdict',
  'modelRecord',
  'machine',
  'keyedAnswer',
] as const;

/** A table of small documents. */
export type DocumentTable = (typeof DOCUMENT_TABLES)[number];

/** Tables of which it is known with which commit each document has changed last. */
export const DATED_TABLES = ['miner', 'host'] as const satisfies readonly DocumentTable[];

/** One of `DATED_TABLES`. */
export type DatedTable = (typeof DATED_TABLES)[number];

/** Revision of each document's last change. */
export type LastRevisions = ReadonlyMap<DatedTable, ReadonlyMap<string, number>>;

/** New values or the removal of one record, or new values of many instances at once. */
export type StoreChange =
  | { readonly kind: 'document'; readonly table: DocumentTable; readonly key: string; readonly value: object }
  | { readonly kind: 'documentRemoved'; readonly table: DocumentTable; readonly key: string }
  | { readonly kind: 'instance'; readonly record: InstanceRecord }
  | { readonly kind: 'instances'; readonly rows: InstanceRows }
  /** `last` is what was removed; a store does not keep it. */
  | { readonly kind: 'instanceRemoved'; readonly serial: number; readonly last?: InstanceRecord };

/** The changes of one transaction: durable together or not at all. */
export interface StoreCommit {
  /** One higher than the commit before. */
  readonly revision: number;
  readonly atMs: number;
  readonly changes: readonly StoreChange[];
  /** Facts that no record change tells; changes of instances tell their own. */
  readonly events: readonly FleetEvent[];
}

/** Instances one by one; by the million it is cheaper to have them in blocks, from a store that keeps them so. */
export interface StoredInstances extends Iterable<InstanceRecord> {
  /** Blocks that stay as they are; all but the last are full pages. */
  blocks?(): Iterable<InstanceBlock>;
}

/** All that a store holds, as read once at start. */
export interface StoredFleet {
  /** Epoch of the coordinator that wrote last; 0 for a new store. */
  readonly epoch: number;
  /** Revision of the last commit; 0 for a new store. */
  readonly revision: number;
  readonly documents: ReadonlyMap<DocumentTable, ReadonlyMap<string, object>>;
  readonly instances: StoredInstances;
  /** What is missing has changed last at `revision`, or before. */
  readonly lastRevisions?: LastRevisions;
  /** The last commits in order, as many as the store keeps, so that watches can resume across a restart. */
  readonly recent: readonly StoreCommit[];
  /** What recovery had to do, for the log; empty after a clean stop. */
  readonly warnings: readonly string[];
}

/**
 * Durable home of the fleet's records. Nothing is read from it after `load`.
 * Commits become durable in the order they were made.
 */
export interface Store {
  /** Reads everything and takes the store for `epoch` = stored epoch + 1, durably. Throws `HeadframeError` (data_loss) on damage. */
  load(): Promise<StoredFleet>;
  /** Resolves once durable. A rejection is final: the store takes no further commit. A lower epoch than the store's is refused. */
  commit(commit: StoreCommit, epoch: number): Promise<void>;
  /** Waits for commits under way, then lets go of files and locks. */
  close(): Promise<void>;
}

/** The servers that hold a store, as whoever watches them has seen them last. */
export interface StoreServers {
  /** What is wrong with them: `about` names a server, or is '' for all. Times are unix milliseconds. */
  readonly findings: readonly {
    readonly reason: string;
    readonly about: string;
    readonly text: string;
    readonly sinceMs: number;
  }[];
  /** How each stands, by name. */
  readonly states: ReadonlyMap<string, string>;
  /** Room that is left on those that tell, by name, in bytes. */
  readonly rooms: ReadonlyMap<string, number>;
  /** Watches until the signal. */
  start(signal: AbortSignal): Promise<void>;
}
