import type { InstanceRecord } from '../../common/model/instance.js';

/** A field that the rows of one batch may have in common. */
export type RowField = Exclude<keyof InstanceRecord, 'serial'>;

/** Values of fields in which rows differ, one for each row; undefined where all are like the first. */
export type RowColumns = { readonly [F in RowField]: readonly InstanceRecord[F][] | undefined };

/**
 * Many instances as one value: what they have in common once, the rest in columns. A batch costs a tenth of as many
 * records, in memory, in the journal and in time; who wants records reads them by `recordAt` or `recordsIn`.
 */
export interface InstanceRows {
  /** The first row; where no column says otherwise, the others are like it. */
  readonly like: InstanceRecord;
  /** At least one; the first is that of `like`. */
  readonly serials: readonly number[];
  readonly columns: RowColumns;
}

/** The columns of rows that differ in nothing but their serials. */
export const ALIKE: RowColumns = Object.freeze({
  miner: undefined,
  workloadId: undefined,
  hostId: undefined,
  state: undefined,
  health: undefined,
  reason: undefined,
  text: undefined,
  restarts: undefined,
  exitCode: undefined,
  hostPorts: undefined,
  gpuIds: undefined,
  containerId: undefined,
  createdAtMs: undefined,
  changedAtMs: undefined,
  startedAtMs: undefined,
});

/** The fields in the order of their numbers on disk: add at the end alone. */
export const ROW_FIELDS = Object.freeze([
  'miner',
  'workloadId',
  'hostId',
  'state',
  'health',
  'reason',
  'text',
  'restarts',
  'exitCode',
  'hostPorts',
  'gpuIds',
  'containerId',
  'createdAtMs',
  'changedAtMs',
  'startedAtMs',
] as const satisfies readonly RowField[]);

/** The record of one row, counted from 0. Spelt out: spreading objects of this size is ten times slower. */
export function recordAt({ like, serials, columns }: InstanceRows, row: number): InstanceRecord {
  return {
    serial: cell(serials, row, like.serial),
    miner: cell(columns.miner, row, like.miner),
    workloadId: cell(columns.workloadId, row, like.workloadId),
    hostId: cell(columns.hostId, row, like.hostId),
    state: cell(columns.state, row, like.state),
    health: cell(columns.health, row, like.health),
    reason: cell(columns.reason, row, like.reason),
    text: cell(columns.text, row, like.text),
    restarts: cell(columns.restarts, row, like.restarts),
    exitCode: cell(columns.exitCode, row, like.exitCode),
    hostPorts: cell(columns.hostPorts, row, like.hostPorts),
    gpuIds: cell(columns.gpuIds, row, like.gpuIds),
    containerId: cell(columns.containerId, row, like.containerId),
    createdAtMs: cell(columns.createdAtMs, row, like.createdAtMs),
    changedAtMs: cell(columns.changedAtMs, row, like.changedAtMs),
    startedAtMs: cell(columns.startedAtMs, row, like.startedAtMs),
  };
}

/** What a row has in a column; what all have in common where there is none. */
export function cell<T>(column: readonly T[] | undefined, row: number, like: T): T {
  // A column has a value, undefined among them, for each row.
  return column === undefined ? like : (column[row] as T);
}

/** All rows as records, in order. */
export function* recordsIn(rows: InstanceRows): Generator<InstanceRecord> {
  for (let row = 0; row < rows.serials.length; row += 1) yield recordAt(rows, row);
}

/** What of a change of the fleet may tell of instances. */
interface InstanceNews {
  readonly kind: string;
  readonly record?: InstanceRecord;
  readonly rows?: InstanceRows;
}

/** The new values of instances in a change of the fleet, for those who read it record by record; none of a removal. */
export function instancesIn({ record, rows }: InstanceNews): Iterable<InstanceRecord> {
  if (rows !== undefined) return recordsIn(rows);
  return record === undefined ? [] : [record];
}

/** The miners of those instances, some perhaps more than once. */
export function minersIn({ record, rows }: InstanceNews): readonly string[] {
  if (rows !== undefined) return rows.columns.miner ?? [rows.like.miner];
  return record === undefined ? [] : [record.miner];
}

/** How many records the changes of a commit touch. */
export function countTouched(changes: readonly InstanceNews[]): number {
  let count = 0;
  for (const { rows } of changes) count += rows === undefined ? 1 : rows.serials.length;
  return count;
}

/** Records as rows; undefined for none. */
export function rowsOf(records: readonly InstanceRecord[]): InstanceRows | undefined {
  const [like] = records;
  if (like === undefined) return undefined;
  const serials = records.map(({ serial }) => serial);
  const columns = Object.fromEntries(ROW_FIELDS.map((field) => [field, columnOf(records, field, like)]));
  // Made of all fields just above.
  return { like, serials, columns: columns as RowColumns };
}

function columnOf<F extends RowField>(
  records: readonly InstanceRecord[],
  field: F,
  like: InstanceRecord,
): readonly InstanceRecord[F][] | undefined {
  const same = like[field];
  return records.every((record) => isSame(record[field], same)) ? undefined : records.map((record) => record[field]);
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === 0 && b.length === 0);
}
