import type { FleetEvent } from '../../common/model/event.js';
import { HEALTH_STATES, INSTANCE_STATES } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { ALIKE, instancesIn, rowsOf } from '../../coordinator/instances/instance-rows.js';
import type { InstanceRows } from '../../coordinator/instances/instance-rows.js';
import { DOCUMENT_TABLES } from '../../coordinator/store/store.js';
import type { DocumentTable, LastRevisions, StoreChange, StoreCommit } from '../../coordinator/store/store.js';
import { between, oneOf } from './seeded-random.js';
import type { Random } from './seeded-random.js';

const START_MS = Date.UTC(2026, 0, 1);

/** An instance with every field set unless told otherwise. */
export function sampleInstance(patch: Partial<InstanceRecord> = {}): InstanceRecord {
  return {
    serial: 1,
    miner: 'alpha',
    workloadId: 1,
    hostId: 'host-1',
    state: 'running',
    health: 'healthy',
    reason: 'started',
    text: 'It runs.',
    restarts: 0,
    exitCode: undefined,
    hostPorts: [30_000],
    gpuIds: [],
    containerId: '0123456789abcdef'.repeat(4),
    createdAtMs: START_MS - 1000,
    changedAtMs: START_MS,
    startedAtMs: START_MS - 10,
    ...patch,
  };
}

/** A commit with the given revision and changes. */
export function sampleCommit(revision: number, changes: readonly StoreChange[] = [], events = 0): StoreCommit {
  const atMs = START_MS + revision;
  return { revision, atMs, changes, events: Array.from({ length: events }, () => sampleEvent(revision, atMs)) };
}

/** A commit of some random changes over few keys, so that records are changed and removed again. */
export function randomCommit(random: Random, revision: number): StoreCommit {
  const changes = Array.from({ length: between(random, 1, 4) }, () => randomChange(random, revision));
  return sampleCommit(revision, changes, between(random, 0, 1));
}

function randomChange(random: Random, revision: number): StoreChange {
  const serial = between(random, 1, 30);
  const place = { table: oneOf(random, DOCUMENT_TABLES), key: `k${String(between(random, 1, 8))}` };
  const kinds = ['instance', 'instance', 'instances', 'instanceRemoved', 'document', 'documentRemoved'] as const;
  switch (oneOf(random, kinds)) {
    case 'instance':
      return { kind: 'instance', record: randomInstance(random, serial, revision) };
    case 'instances':
      return { kind: 'instances', rows: randomRows(random, serial, revision) };
    case 'instanceRemoved':
      return { kind: 'instanceRemoved', serial };
    case 'document':
      return { kind: 'document', ...place, value: { revision, text: 'ü'.repeat(between(random, 0, 300)) } };
    case 'documentRemoved':
      return { kind: 'documentRemoved', ...place };
  }
}

function randomRows(random: Random, first: number, revision: number): InstanceRows {
  const step = between(random, 1, 3);
  const like = randomInstance(random, first, revision);
  const serials = Array.from({ length: between(random, 1, 5) }, (_, at) => first + at * step);
  // Batches of the fleet's own say little in columns, others all.
  if (random() < 0.4) return { like, serials, columns: ALIKE };
  const rest = serials.slice(1).map((serial) => randomInstance(random, serial, revision));
  return rowsOf([like, ...rest]) ?? { like, serials: [first], columns: ALIKE };
}

function randomInstance(random: Random, serial: number, revision: number): InstanceRecord {
  return sampleInstance({
    serial,
    state: oneOf(random, INSTANCE_STATES),
    health: oneOf(random, HEALTH_STATES),
    hostId: random() < 0.3 ? undefined : `host-${String(between(random, 1, 5))}`,
    text: random() < 0.5 ? '' : `change ${String(revision)}`,
    exitCode: random() < 0.5 ? undefined : between(random, -1, 255),
    changedAtMs: START_MS + revision,
  });
}

function sampleEvent(revision: number, atMs: number): FleetEvent {
  return {
    revision,
    atMs,
    subject: 'miner',
    id: 'alpha',
    reason: 'miner_applied',
    text: 'applied',
    severity: 'info',
    miner: 'alpha',
    hostId: '',
    state: '',
  };
}

/** The records that a series of commits leads to, told without the store's help. */
export interface ExpectedRecords {
  readonly instances: ReadonlyMap<number, InstanceRecord>;
  /** By `table/key`. */
  readonly documents: ReadonlyMap<string, object>;
  /** Of miners and hosts, by `table/key`. */
  readonly lastRevisions: ReadonlyMap<string, number>;
}

/** Applies commits one after the other. */
export function recordsAfter(commits: readonly StoreCommit[]): ExpectedRecords {
  const instances = new Map<number, InstanceRecord>();
  const documents = new Map<string, object>();
  const lastRevisions = new Map<string, number>();
  for (const { change, revision } of commits.flatMap(({ changes, revision }) =>
    changes.map((change) => ({ change, revision })),
  )) {
    for (const record of instancesIn(change)) instances.set(record.serial, record);
    if (change.kind === 'instanceRemoved') instances.delete(change.serial);
    if (change.kind === 'document') documents.set(`${change.table}/${change.key}`, change.value);
    if (change.kind === 'documentRemoved') documents.delete(`${change.table}/${change.key}`);
    if (!('table' in change) || (change.table !== 'miner' && change.table !== 'host')) continue;
    if (change.kind === 'document') lastRevisions.set(`${change.table}/${change.key}`, revision);
    else lastRevisions.delete(`${change.table}/${change.key}`);
  }
  return { instances, documents, lastRevisions };
}

/** What a store loaded, in the shape of `recordsAfter`. */
export function recordsOf(fleet: {
  readonly instances: Iterable<InstanceRecord>;
  readonly documents: ReadonlyMap<DocumentTable, ReadonlyMap<string, object>>;
  readonly lastRevisions?: LastRevisions;
}): ExpectedRecords {
  const instances = new Map([...fleet.instances].map((record) => [record.serial, record]));
  const documents = new Map<string, object>();
  for (const [table, rows] of fleet.documents) {
    for (const [key, value] of rows) documents.set(`${table}/${key}`, value);
  }
  const lastRevisions = new Map<string, number>();
  for (const [table, rows] of fleet.lastRevisions ?? [])
    for (const [key, revision] of rows) lastRevisions.set(`${table}/${key}`, revision);
  return { instances, documents, lastRevisions };
}
