import { createHash } from 'node:crypto';
import type { InstanceRecord } from '../../../common/model/instance.js';
import type { InstanceBlock } from '../../instances/instance-columns.js';
import type { Records } from '../records/mirror.js';
import { DOCUMENT_TABLES } from '../store.js';

/** What records are known by, whatever store holds them and in whatever order it gives them. */
export interface RecordsSum {
  /** Of all tables and the instances. */
  readonly sha256: string;
  /** Of each table of documents and of `instance`, by name. */
  readonly tables: Readonly<Record<string, TableSum>>;
}

interface TableSum {
  readonly count: number;
  readonly sha256: string;
}

/** Some milliseconds of them. */
const LINES_PER_TURN = 2_000;

const FIELDS: Readonly<Record<keyof InstanceRecord, true>> = {
  serial: true,
  miner: true,
  workloadId: true,
  hostId: true,
  state: true,
  health: true,
  reason: true,
  text: true,
  restarts: true,
  exitCode: true,
  hostPorts: true,
  gpuIds: true,
  containerId: true,
  createdAtMs: true,
  changedAtMs: true,
  startedAtMs: true,
};
/** In this order JSON has them. */
const INSTANCE_FIELDS = Object.keys(FIELDS).sort();

/**
 * Sums up records. The canonical form of a table is a line for each of its records, by key in the order of code units: key and
 * value as JSON without white space, names of fields in order; that of instances the same by serial. The whole is a line
 * for each table, in the store's order: its name, count and checksum. `yieldTurn` is called often.
 */
export async function sumRecords(records: Records, yieldTurn: () => Promise<void>): Promise<RecordsSum> {
  const tables: Record<string, TableSum> = {};
  for (const table of DOCUMENT_TABLES)
    tables[table] = await sumLines(documentLines(records.documents.get(table) ?? new Map()), yieldTurn);
  tables['instance'] = await sumLines(instanceLines(records.instances.blocks()), yieldTurn);
  const all = createHash('sha256');
  for (const [name, { count, sha256 }] of Object.entries(tables)) all.update(`${name} ${String(count)} ${sha256}\n`);
  return { sha256: all.digest('hex'), tables };
}

/** Names of the tables in which two differ, with the records that each has; empty where they are the same. */
export function differences(one: RecordsSum, other: RecordsSum): string[] {
  return Object.entries(one.tables).flatMap(([name, { count, sha256 }]) => {
    const against = other.tables[name];
    return against?.sha256 === sha256 ? [] : [`${name} (${String(count)} and ${String(against?.count ?? 0)})`];
  });
}

async function sumLines(lines: Iterable<string>, yieldTurn: () => Promise<void>): Promise<TableSum> {
  const hash = createHash('sha256');
  let count = 0;
  for (const line of lines) {
    hash.update(`${line}\n`);
    count += 1;
    if (count % LINES_PER_TURN === 0) await yieldTurn();
  }
  return { count, sha256: hash.digest('hex') };
}

function* documentLines(rows: ReadonlyMap<string, object>): Generator<string> {
  for (const key of [...rows.keys()].sort()) yield JSON.stringify([key, rows.get(key)], inOrder);
}

/** A million instances are put in order by 16 bytes each, and read one at a time. */
function* instanceLines(blocks: readonly InstanceBlock[]): Generator<string> {
  const slots = blocks.reduce((sum, { miners }) => sum + miners.length, 0);
  const [serials, block, slot] = [new Float64Array(slots), new Uint32Array(slots), new Uint32Array(slots)];
  let count = 0;
  for (const [at, { columns, miners }] of blocks.entries()) {
    for (let row = 0; row < miners.length; row += 1) {
      if (columns.serial(row) === 0) continue;
      [serials[count], block[count], slot[count]] = [columns.serial(row), at, row];
      count += 1;
    }
  }
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  order.sort((a, b) => (serials[a] ?? 0) - (serials[b] ?? 0));
  for (const index of order) {
    const found = blocks[block[index] ?? 0];
    const row = slot[index] ?? 0;
    if (found === undefined) continue;
    yield JSON.stringify(found.columns.read(row, found.miners[row] ?? '', found.hosts[row]), INSTANCE_FIELDS);
  }
}

/** For JSON: an object's fields by their names. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
