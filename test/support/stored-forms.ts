import { isDeepStrictEqual } from 'node:util';
import { HEALTH_STATES, INSTANCE_STATES } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { rowsOf } from '../../coordinator/instances/instance-rows.js';
import { decodeLease, encodeLease } from '../../coordinator/leadership/lease-entry.js';
import { decodeMember, encodeMember } from '../../coordinator/members/member.js';
import type { Member } from '../../coordinator/members/member.js';
import { decodeLogMessage, encodeLogMessage } from '../../coordinator/store/jetstream/log-message.js';
import type { LogMessage } from '../../coordinator/store/jetstream/log-message.js';
import {
  decodeChunk,
  decodeClosing,
  encodeChunk,
  encodeClosing,
} from '../../coordinator/store/jetstream/snapshot-message.js';
import { ByteWriter } from '../../coordinator/store/records/byte-writer.js';
import { CommitDecoder, CommitEncoder } from '../../coordinator/store/records/commit-codec.js';
import { decodeDocuments, encodeDocuments } from '../../coordinator/store/records/document-text.js';
import type { DocumentSnapshot } from '../../coordinator/store/records/document-text.js';
import { decodeHeader, encodeHeader } from '../../coordinator/store/records/file-header.js';
import { readFrame, writeFrame } from '../../coordinator/store/records/frame.js';
import { decodeInstances, encodeInstances } from '../../coordinator/store/records/instance-file.js';
import { Mirror } from '../../coordinator/store/records/mirror.js';
import { decodeMark, encodeMark } from '../../coordinator/store/move/move-mark.js';
import type { MoveMark } from '../../coordinator/store/move/index.js';
import { DOCUMENT_TABLES } from '../../coordinator/store/store.js';
import type { StoreChange, StoreCommit } from '../../coordinator/store/store.js';
import { sampleCommit, sampleInstance } from './store-samples.js';

/** Something in the form in which it is kept. */
interface StoredForm {
  readonly name: string;
  /** The bytes as this version writes them; undefined for what is read alone, since it was written before. */
  readonly bytes: Buffer | undefined;
  /** Whether these bytes say what they said when they were recorded. Throws where they cannot be read. */
  readonly isReadFrom: (bytes: Buffer) => boolean;
}

interface Codec<V> {
  readonly value: V;
  readonly write?: (value: V) => Uint8Array;
  readonly read: (bytes: Buffer) => unknown;
}

function form<V>(name: string, { value, write, read }: Codec<V>): StoredForm {
  return {
    name,
    bytes: write === undefined ? undefined : Buffer.from(write(value)),
    isReadFrom: (bytes) => isDeepStrictEqual(read(bytes), value),
  };
}

const MARK: MoveMark = {
  version: 1,
  id: 'move-1',
  from: { kind: 'lowdb', where: '/var/lib/headframe' },
  to: { kind: 'jetstream', where: 'cluster main in NATS' },
  epoch: 7,
  revision: 300,
  sha256: 'ab'.repeat(32),
  atMs: 1_767_225_600_000,
};

const PART = { kind: 'part', epoch: 7, group: 300, index: 1, count: 3, bytes: Buffer.from('frames') } as const;
const MESSAGES: Readonly<Record<string, LogMessage>> = {
  'message of the journal, an epoch begins': { kind: 'segment', format: 1, epoch: 7, revision: 300, writer: 'w-1' },
  'message of the journal, a part of commits': { ...PART, writer: 0xdead_beef },
  'message of the journal, a move arrives': { kind: 'move', epoch: 7, note: 'arriving', mark: MARK },
  'message of the journal, a move has arrived': { kind: 'move', epoch: 7, note: 'arrived', mark: MARK },
  'message of the journal, the fleet was moved': { kind: 'move', epoch: 7, note: 'moved', mark: MARK },
};

function messages(): StoredForm[] {
  const read = (bytes: Buffer): unknown => {
    const message = decodeLogMessage(bytes);
    return message.kind === 'part' ? { ...message, bytes: Buffer.from(message.bytes) } : message;
  };
  const untagged: LogMessage = { ...PART, writer: undefined };
  return [
    ...Object.entries(MESSAGES).map(([name, value]) => form(name, { value, write: encodeLogMessage, read })),
    form('message of the journal, a part without a tag', { value: untagged, write: encodeLogMessage, read }),
  ];
}

// Spelt out, for what is recorded does not change with what comes to be.
const STATES = [
  'pending',
  'assigned',
  'preparing',
  'starting',
  'running',
  'stopping',
  'stopped',
  'failed',
  'lost',
] as const;
const HEALTHS = ['none', 'checking', 'healthy', 'unhealthy'] as const;

/** Each with and without what may be absent. */
function instances(): InstanceRecord[] {
  const bare = { hostId: undefined, hostPorts: [], gpuIds: [], containerId: '', text: '', startedAtMs: 0 };
  const full = { hostPorts: [30_000, 30_001], gpuIds: ['gpu-1'], exitCode: -1, restarts: 300 };
  return STATES.flatMap((state, at) => {
    const health = HEALTHS[at % HEALTHS.length] ?? 'none';
    const own = { state, health, miner: `miner-${String(at)}`, workloadId: at, reason: `reason-${String(at)}` };
    const [first, second] = [
      sampleInstance({ ...own, ...full, serial: 2 * at + 1 }),
      sampleInstance({ ...own, ...bare, serial: 2 * at + 2 }),
    ];
    return [first, { ...second, createdAtMs: second.createdAtMs - at, changedAtMs: second.changedAtMs + at }];
  });
}

/** With all kinds of changes. */
function commit(): StoreCommit {
  const named = sampleInstance({ serial: 400, containerId: 'by-name' });
  const rows = rowsOf(instances());
  if (rows === undefined) throw new Error('the sample instances make no rows');
  const changes: StoreChange[] = [
    ...instances().map((record): StoreChange => ({ kind: 'instance', record })),
    { kind: 'instances', rows },
    { kind: 'instance', record: named },
    { kind: 'instances', rows: rowsOf([named, sampleInstance({ serial: 401, text: 'other' })]) ?? rows },
    { kind: 'instanceRemoved', serial: 300 },
    { kind: 'document', table: 'miner', key: 'alpha', value: { name: 'alpha' } },
    { kind: 'document', table: 'keyedAnswer', key: 'key-1', value: { at: 1 } },
    { kind: 'documentRemoved', table: 'workload', key: '300' },
  ];
  return sampleCommit(301, changes, 1);
}

/** A change for each table, state and health that there is. */
function ofEach(): Readonly<Record<string, readonly StoreChange[]>> {
  const instance = (patch: Partial<InstanceRecord>): StoreChange => ({
    kind: 'instance',
    record: sampleInstance(patch),
  });
  return Object.fromEntries([
    ...INSTANCE_STATES.map((state) => [`an instance that is ${state}`, [instance({ state })]] as const),
    ...HEALTH_STATES.map((health) => [`an instance of health ${health}`, [instance({ health })]] as const),
    ...DOCUMENT_TABLES.map((table) => {
      const change: StoreChange = { kind: 'document', table, key: 'key', value: { at: 1 } };
      return [`a record of table ${table}`, [change]] as const;
    }),
  ]);
}

function commits(): StoredForm[] {
  const write = (value: object): Uint8Array => {
    const writer = new ByteWriter();
    // Written above as what it is.
    writeFrame(writer, 64, () => new CommitEncoder().write(writer, value as { commit: StoreCommit; epoch: number }));
    return writer.view();
  };
  const read = (bytes: Buffer): unknown => {
    const frame = readFrame(bytes, 0);
    if (frame?.end !== bytes.length || frame.batch !== 64) throw new RangeError('the frame is another');
    return new CommitDecoder().read(bytes, frame.start, frame.end);
  };
  return [
    form('commit, with all kinds of changes', { value: { commit: commit(), epoch: 7 }, write, read }),
    ...Object.entries({ nothing: [], ...ofEach() }).map(([name, changes]) =>
      form(`commit, of ${name}`, { value: { commit: sampleCommit(301, changes), epoch: 7 }, write, read }),
    ),
  ];
}

const AT = { sequence: 12, revision: 300, epoch: 7 };

function snapshots(): StoredForm[] {
  const mirror = new Mirror();
  for (const change of commit().changes) mirror.apply(change, AT.revision);
  const { instances: kept } = mirror.freeze();
  const count = kept.count;
  const tables = { miner: [['alpha', { name: 'alpha' }]], host: [], keyedAnswer: [['key-1', { at: 1 }]] } as const;
  const closing = { format: 1, ...AT, instanceCount: 20, instanceBytes: 900, totalBytes: 2000, crc: 0xdead_beef };
  return [
    form('snapshot, its instances', {
      value: [...kept],
      write: () => Buffer.concat([...encodeInstances(AT, kept)]),
      read: (bytes) => [...decodeInstances({ file: 'instances', revision: 300, count }, bytes).freeze()],
    }),
    form('snapshot, its documents', {
      value: { format: 2, ...AT, instanceCount: count, tables },
      // Those tables that are left out are like any that come to be.
      write: (value) => Buffer.concat([...encodeDocuments(value as unknown as DocumentSnapshot)]),
      read: (bytes) => decodeDocuments('documents', bytes.toString()),
    }),
    form('snapshot, its documents, of which some tell the revision of their last change', {
      value: { format: 2, ...AT, instanceCount: 0, tables: { host: [['host-1', { id: 'host-1' }, 299]] } },
      write: (value) => Buffer.concat([...encodeDocuments(value as unknown as DocumentSnapshot)]),
      read: (bytes) => decodeDocuments('documents', bytes.toString()),
    }),
    form('snapshot in NATS, a chunk', { value: Buffer.from('chunk'), write: encodeChunk, read: decodeChunk }),
    form('snapshot in NATS, its closing', {
      value: { ...closing, chunks: [3, 4, 300] },
      write: encodeClosing,
      read: decodeClosing,
    }),
  ];
}

function files(): StoredForm[] {
  const header = { kind: 'journal', version: 2, ...AT } as const;
  return [
    form('file of the embedded store, the header of a journal', {
      value: header,
      write: ({ version, ...rest }) => encodeHeader(rest, version),
      read: (bytes) => decodeHeader('journal', bytes, 'journal'),
    }),
    form('mark of a move', {
      value: MARK,
      write: (mark) => Buffer.from(encodeMark(mark)),
      read: (bytes) => decodeMark(bytes.toString()),
    }),
  ];
}

function entries(): StoredForm[] {
  const holder = { id: 'id-1', address: 'c1.example:7700', attempt: 9 };
  const lease = { write: encodeLease, read: decodeLease };
  const member: Member = {
    address: 'c1.example:7700',
    state: 'member',
    version: '0.1.0',
    startedMs: 1_767_225_600_000,
    seenMs: 1_767_225_620_000,
    changedMs: 1_767_225_600_001,
  };
  const known = {
    write: (value: Member) => Buffer.from(encodeMember(value)),
    read: (bytes: Buffer) => decodeMember(bytes.toString()),
  };
  const expected: Member = { ...member, state: 'expected', version: '', startedMs: 0, seenMs: 0 };
  return [
    form('lease of leadership, held', { value: { ...holder, takesForwarded: true }, ...lease }),
    form('lease of leadership, held by who takes no calls of others', { value: holder, ...lease }),
    form('lease of leadership, released', { value: 'released' as const, ...lease }),
    form('member, expected', { value: expected, ...known }),
    form('member, that has started', { value: member, ...known }),
    form('member, removed', { value: { ...member, state: 'removed' }, ...known }),
  ];
}

/** Everything that coordinators of two versions read from each other. */
export function storedForms(): readonly StoredForm[] {
  return [...messages(), ...commits(), ...snapshots(), ...files(), ...entries()];
}
