import { HEALTH_STATES, INSTANCE_STATES } from '../../common/model/instance.js';
import type { Health, InstanceRecord, InstanceState } from '../../common/model/instance.js';
import { REASONS } from '../../common/model/reason.js';

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
/** Rows come in pages, so that no growth has to copy what is there. */
const PAGE_BITS = 10;
const PAGE_ROWS = 1 << PAGE_BITS;
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

/** The fields of instances, outside the heap as far as they are numbers: for a million and more. */
export class InstanceColumns {
  readonly #numbers: Float64Array[] = [];
  /** The same bytes. */
  readonly #words: Uint32Array[] = [];
  #text: string[] = [];
  #containerId: string[] = [];
  #hostPorts: (readonly number[])[] = [];
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
    return this.#containerId[row] ?? '';
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
    const state = INSTANCE_STATES.indexOf(cells.state);
    const health = HEALTH_STATES.indexOf(cells.health);
    const numbers = this.#numbersOf(row);
    const words = this.#words[row >>> PAGE_BITS] ?? NO_WORDS;
    numbers[(row & IN_PAGE) * NUMBERS + CHANGED] = cells.changedAtMs;
    numbers[(row & IN_PAGE) * NUMBERS + STARTED] = cells.startedAtMs;
    words[(row & IN_PAGE) * WORDS + RESTARTS] = cells.restarts;
    words[(row & IN_PAGE) * WORDS + STANDING] = code | (state << STATE_SHIFT) | (health << HEALTH_SHIFT);
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
    for (const page of this.#numbers) copy.#addPage(page.slice());
    copy.#text = this.#text.slice();
    copy.#containerId = this.#containerId.slice();
    copy.#hostPorts = this.#hostPorts.slice();
    for (const [row, reason] of this.#strangeReason) copy.#strangeReason.set(row, reason);
    for (const [row, ids] of this.#gpuIds) copy.#gpuIds.set(row, ids);
    for (const [row, code] of this.#exitCode) copy.#exitCode.set(row, code);
    return copy;
  }

  /** Empties a row: its serial is 0, and it holds nothing on the heap. */
  clear(row: number): void {
    this.#numbersOf(row)[(row & IN_PAGE) * NUMBERS + SERIAL] = 0;
    this.#text[row] = '';
    this.#containerId[row] = '';
    this.#hostPorts[row] = NOTHING;
    for (const sparse of [this.#strangeReason, this.#gpuIds, this.#exitCode]) sparse.delete(row);
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

function keep<V>(sparse: Map<number, V>, row: number, value: V | undefined): void {
  if (value !== undefined) sparse.set(row, value);
  else if (sparse.size > 0) sparse.delete(row);
}
