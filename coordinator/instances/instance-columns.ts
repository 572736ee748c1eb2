import { HEALTH_STATES, INSTANCE_STATES } from '../../common/model/instance.js';
import type { Health, InstanceRecord, InstanceState } from '../../common/model/instance.js';
import { REASONS } from '../../common/model/reason.js';
import { cell } from './instance-rows.js';
import type { InstanceRows } from './instance-rows.js';

/** What the columns hold of a record; its serial's row, its miner and its host are kept by the lists. */
export type InstanceCells = Omit<InstanceRecord, 'miner' | 'hostId'>;

/** What of a record changes while an instance runs. */
export type InstanceStanding = Pick<
  InstanceRecord,
  'state' | 'health' | 'reason' | 'text' | 'restarts' | 'exitCode' | 'containerId' | 'changedAtMs' | 'startedAtMs'
>;

const NOTHING: readonly never[] = Object.freeze([]);
const REASON_CODES = Object.keys(REASONS);
const CODE_OF_REASON = new Map(REASON_CODES.map((reason, code) => [reason, code + 1]));

/*
 * The numbers of a row lie side by side in one cache line: they are mostly asked for together, and as rows of one host lie
 * far from each other, each column by itself would cost a trip to memory. Offsets count numbers of 8 bytes and words of 4.
 */
const PAGE_BITS = 10;
/** Rows come in pages, so that no growth has to copy what is there. */
export const PAGE_ROWS = 1 << PAGE_BITS;
const IN_PAGE = PAGE_ROWS - 1;
const NUMBERS = 8;
const WORDS = 16;
const SERIAL = 0;
const WORKLOAD = 1;
const CREATED = 2;
const CHANGED = 3;
const STARTED = 4;
const RESTARTS = 10;
/** Reason in the lower half, then state and health a byte each. */
const STANDING = 11;
const STATE_SHIFT = 16;
const HEALTH_SHIFT = 24;
/** What the 64 hexadecimal digits of an id that Docker made stand for. */
export const HEX_ID_BYTES = 32;

/** Instances in columns with the names of their miners and hosts, slot by slot; a slot whose serial is 0 is empty. */
export interface InstanceBlock {
  readonly columns: InstanceColumns;
  readonly miners: readonly string[];
  readonly hosts: readonly (string | undefined)[];
}

/** The fields of instances, outside the heap as far as they are numbers: for a million and more. */
export class InstanceColumns {
  readonly #numbers: Float64Array[] = [];
  /** The same bytes. */
  readonly #words: Uint32Array[] = [];
  readonly #text: string[] = [];
  /** Undefined where the id is among `#hexIds`. */
  readonly #containerId: (string | undefined)[] = [];
  /** Ids as a snapshot has them, by page: texts of them would take thrice as much, and the collector's time. */
  readonly #hexIds: (Buffer | undefined)[] = [];
  readonly #hostPorts: (readonly number[])[] = [];
  // Few instances have these; code 0 of a reason points to the strange ones.
  readonly #strangeReason = new Map<number, string>();
  readonly #gpuIds = new Map<number, readonly string[]>();
  readonly #exitCode = new Map<number, number>();

  serial(row: number): number {
    return this.#number(row, SERIAL);
  }

  restarts(row: number): number {
    return this.#word(row, RESTARTS);
  }

  text(row: number): string {
    return this.#text[row] ?? '';
  }

  reason(row: number): string {
    const code = this.#word(row, STANDING) & 0xffff;
    return REASON_CODES[code - 1] ?? this.#strangeReason.get(row) ?? '';
  }

  exitCode(row: number): number | undefined {
    return this.#exitCode.size === 0 ? undefined : this.#exitCode.get(row);
  }

  hostPorts(row: number): readonly number[] {
    return this.#hostPorts[row] ?? NOTHING;
  }

  gpuIds(row: number): readonly string[] {
    return (this.#gpuIds.size === 0 ? undefined : this.#gpuIds.get(row)) ?? NOTHING;
  }

  containerId(row: number): string {
    return this.#containerId[row] ?? this.#hexId(row);
  }

  createdAtMs(row: number): number {
    return this.#number(row, CREATED);
  }

  changedAtMs(row: number): number {
    return this.#number(row, CHANGED);
  }

  startedAtMs(row: number): number {
    return this.#number(row, STARTED);
  }

  state(row: number): InstanceState {
    return INSTANCE_STATES[(this.#word(row, STANDING) >>> STATE_SHIFT) & 0xff] ?? 'lost';
  }

  health(row: number): Health {
    return HEALTH_STATES[this.#word(row, STANDING) >>> HEALTH_SHIFT] ?? 'none';
  }

  workloadId(row: number): number {
    return this.#number(row, WORKLOAD);
  }

  /** Makes a row's record. Spelt out, here and in instance-change.ts: spreading objects of this size is ten times slower. */
  read(row: number, miner: string, hostId: string | undefined): InstanceRecord {
    return {
      serial: this.serial(row),
      miner,
      workloadId: this.workloadId(row),
      hostId,
      state: this.state(row),
      health: this.health(row),
      reason: this.reason(row),
      text: this.text(row),
      restarts: this.restarts(row),
      exitCode: this.exitCode(row),
      hostPorts: this.hostPorts(row),
      gpuIds: this.gpuIds(row),
      containerId: this.containerId(row),
      createdAtMs: this.createdAtMs(row),
      changedAtMs: this.changedAtMs(row),
      startedAtMs: this.startedAtMs(row),
    };
  }

  /** Writes all fields of a row, under another serial if told; a row beyond the last one makes room for itself. */
  write(row: number, cells: InstanceCells, serial = cells.serial): void {
    const numbers = this.#numbersOf(row);
    const at = (row & IN_PAGE) * NUMBERS;
    numbers[at + SERIAL] = serial;
    numbers[at + WORKLOAD] = cells.workloadId;
    numbers[at + CREATED] = cells.createdAtMs;
    this.writeStatus(row, cells);
    this.writeGrant(row, cells);
  }

  /** Writes all fields of a row as one of a batch has them. */
  writeOf(row: number, { like, serials, columns }: InstanceRows, at: number): void {
    const numbers = this.#numbersOf(row);
    const words = this.#words[row >>> PAGE_BITS] ?? NO_WORDS;
    const to = (row & IN_PAGE) * NUMBERS;
    const reason = cell(columns.reason, at, like.reason);
    numbers[to + SERIAL] = serials[at] ?? like.serial;
    numbers[to + WORKLOAD] = cell(columns.workloadId, at, like.workloadId);
    numbers[to + CREATED] = cell(columns.createdAtMs, at, like.createdAtMs);
    numbers[to + CHANGED] = cell(columns.changedAtMs, at, like.changedAtMs);
    numbers[to + STARTED] = cell(columns.startedAtMs, at, like.startedAtMs);
    words[2 * to + RESTARTS] = cell(columns.restarts, at, like.restarts);
    const code = CODE_OF_REASON.get(reason) ?? 0;
    words[2 * to + STANDING] = word(code, cell(columns.state, at, like.state), cell(columns.health, at, like.health));
    this.#text[row] = cell(columns.text, at, like.text);
    this.#containerId[row] = cell(columns.containerId, at, like.containerId);
    keep(this.#strangeReason, row, code === 0 ? reason : undefined);
    keep(this.#exitCode, row, cell(columns.exitCode, at, like.exitCode));
    const hostPorts = cell(columns.hostPorts, at, like.hostPorts);
    this.#hostPorts[row] = hostPorts.length === 0 ? NOTHING : hostPorts;
    const gpuIds = cell(columns.gpuIds, at, like.gpuIds);
    keep(this.#gpuIds, row, gpuIds.length === 0 ? undefined : gpuIds);
  }

  /** Writes the container id of a row from the bytes that its digits stand for. */
  writeHexId(row: number, bytes: Uint8Array, at: number): void {
    const page = (this.#hexIds[row >>> PAGE_BITS] ??= Buffer.alloc(PAGE_ROWS * HEX_ID_BYTES));
    const to = (row & IN_PAGE) * HEX_ID_BYTES;
    for (let offset = 0; offset < HEX_ID_BYTES; offset += 1) page[to + offset] = bytes[at + offset] ?? 0;
    this.#containerId[row] = undefined;
  }

  /** What `writeStatus` writes, as it is. */
  standing(row: number): InstanceStanding {
    return {
      state: this.state(row),
      health: this.health(row),
      reason: this.reason(row),
      text: this.text(row),
      restarts: this.restarts(row),
      exitCode: this.exitCode(row),
      containerId: this.containerId(row),
      changedAtMs: this.changedAtMs(row),
      startedAtMs: this.startedAtMs(row),
    };
  }

  /** Writes what changes while an instance runs. */
  writeStatus(row: number, cells: InstanceStanding): void {
    const code = CODE_OF_REASON.get(cells.reason) ?? 0;
    const numbers = this.#numbersOf(row);
    const words = this.#words[row >>> PAGE_BITS] ?? NO_WORDS;
    numbers[(row & IN_PAGE) * NUMBERS + CHANGED] = cells.changedAtMs;
    numbers[(row & IN_PAGE) * NUMBERS + STARTED] = cells.startedAtMs;
    words[(row & IN_PAGE) * WORDS + RESTARTS] = cells.restarts;
    words[(row & IN_PAGE) * WORDS + STANDING] = word(code, cells.state, cells.health);
    this.#text[row] = cells.text;
    this.#containerId[row] = cells.containerId;
    keep(this.#strangeReason, row, code === 0 ? cells.reason : undefined);
    keep(this.#exitCode, row, cells.exitCode);
  }

  /** Writes what an instance was given of its host. */
  writeGrant(row: number, { hostPorts, gpuIds }: Pick<InstanceRecord, 'hostPorts' | 'gpuIds'>): void {
    this.#hostPorts[row] = hostPorts.length === 0 ? NOTHING : hostPorts;
    keep(this.#gpuIds, row, gpuIds.length === 0 ? undefined : gpuIds);
  }

  /** An independent copy. */
  copy(): InstanceColumns {
    const copy = new InstanceColumns();
    copy.append(this, 0);
    return copy;
  }

  /** Takes in a copy of all rows of another, a page at most, behind the `rows` rows here, which fill whole pages. */
  append(other: InstanceColumns, rows: number): void {
    for (const page of other.#numbers) this.#addPage(page.slice());
    other.#hexIds.forEach((ids, page) => {
      if (ids !== undefined) this.#hexIds[(rows >>> PAGE_BITS) + page] = Buffer.from(ids);
    });
    this.#text.push(...other.#text);
    this.#containerId.push(...other.#containerId);
    this.#hostPorts.push(...other.#hostPorts);
    for (const [row, reason] of other.#strangeReason) this.#strangeReason.set(rows + row, reason);
    for (const [row, ids] of other.#gpuIds) this.#gpuIds.set(rows + row, ids);
    for (const [row, code] of other.#exitCode) this.#exitCode.set(rows + row, code);
  }

  /** Empties a row: its serial is 0, and it holds nothing on the heap. */
  clear(row: number): void {
    this.#numbersOf(row)[(row & IN_PAGE) * NUMBERS + SERIAL] = 0;
    this.#text[row] = '';
    this.#containerId[row] = '';
    this.#hostPorts[row] = NOTHING;
    for (const sparse of [this.#strangeReason, this.#gpuIds, this.#exitCode]) sparse.delete(row);
  }

  #hexId(row: number): string {
    const at = (row & IN_PAGE) * HEX_ID_BYTES;
    return this.#hexIds[row >>> PAGE_BITS]?.toString('hex', at, at + HEX_ID_BYTES) ?? '';
  }

  #number(row: number, offset: number): number {
    return this.#numbers[row >>> PAGE_BITS]?.[(row & IN_PAGE) * NUMBERS + offset] ?? 0;
  }

  #word(row: number, offset: number): number {
    return this.#words[row >>> PAGE_BITS]?.[(row & IN_PAGE) * WORDS + offset] ?? 0;
  }

  #numbersOf(row: number): Float64Array {
    const known = this.#numbers[row >>> PAGE_BITS];
    if (known !== undefined) return known;
    // Rows are taken one after the other, so that one page at most is missing.
    const page = new Float64Array(PAGE_ROWS * NUMBERS);
    this.#addPage(page);
    return page;
  }

  #addPage(page: Float64Array): void {
    this.#numbers.push(page);
    this.#words.push(new Uint32Array(page.buffer));
  }
}

const NO_WORDS = new Uint32Array();

function word(reasonCode: number, state: InstanceState, health: Health): number {
  return reasonCode | (INSTANCE_STATES.indexOf(state) << STATE_SHIFT) | (HEALTH_STATES.indexOf(health) << HEALTH_SHIFT);
}

function keep<V>(sparse: Map<number, V>, row: number, value: V | undefined): void {
  if (value !== undefined) sparse.set(row, value);
  else if (sparse.size > 0) sparse.delete(row);
}
