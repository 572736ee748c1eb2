import { HEALTH_STATES, INSTANCE_STATES } from '../../common/model/instance.js';
import type { Health, InstanceRecord, InstanceState } from '../../common/model/instance.js';
import { REASONS } from '../../common/model/reason.js';
import { capacityFor, widen } from './columns.js';

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

/** The fields of instances, one typed array each: about 50 bytes an instance outside the heap, for a million and more. */
export class InstanceColumns {
  #capacity = 0;
  #serial = new Float64Array();
  #workloadId = new Float64Array();
  #createdAtMs = new Float64Array();
  #changedAtMs = new Float64Array();
  #startedAtMs = new Float64Array();
  #restarts = new Uint32Array();
  #reason = new Uint16Array();
  #state = new Uint8Array();
  #health = new Uint8Array();
  #text: string[] = [];
  #containerId: string[] = [];
  #hostPorts: (readonly number[])[] = [];
  // Few instances have these; code 0 of a reason points to the strange ones.
  readonly #strangeReason = new Map<number, string>();
  readonly #gpuIds = new Map<number, readonly string[]>();
  readonly #exitCode = new Map<number, number>();

  serial(row: number): number {
    return this.#serial[row] ?? 0;
  }

  restarts(row: number): number {
    return this.#restarts[row] ?? 0;
  }

  text(row: number): string {
    return this.#text[row] ?? '';
  }

  reason(row: number): string {
    return REASON_CODES[(this.#reason[row] ?? 0) - 1] ?? this.#strangeReason.get(row) ?? '';
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
    return this.#createdAtMs[row] ?? 0;
  }

  changedAtMs(row: number): number {
    return this.#changedAtMs[row] ?? 0;
  }

  startedAtMs(row: number): number {
    return this.#startedAtMs[row] ?? 0;
  }

  state(row: number): InstanceState {
    return INSTANCE_STATES[this.#state[row] ?? 0] ?? 'lost';
  }

  health(row: number): Health {
    return HEALTH_STATES[this.#health[row] ?? 0] ?? 'none';
  }

  workloadId(row: number): number {
    return this.#workloadId[row] ?? 0;
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
    if (row >= this.#capacity) this.#grow(row + 1);
    this.#serial[row] = serial;
    this.#workloadId[row] = cells.workloadId;
    this.#createdAtMs[row] = cells.createdAtMs;
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
    this.#changedAtMs[row] = cells.changedAtMs;
    this.#startedAtMs[row] = cells.startedAtMs;
    this.#restarts[row] = cells.restarts;
    this.#state[row] = INSTANCE_STATES.indexOf(cells.state);
    this.#health[row] = HEALTH_STATES.indexOf(cells.health);
    const code = CODE_OF_REASON.get(cells.reason) ?? 0;
    this.#reason[row] = code;
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
    copy.#capacity = this.#capacity;
    copy.#serial = this.#serial.slice();
    copy.#workloadId = this.#workloadId.slice();
    copy.#createdAtMs = this.#createdAtMs.slice();
    copy.#changedAtMs = this.#changedAtMs.slice();
    copy.#startedAtMs = this.#startedAtMs.slice();
    copy.#restarts = this.#restarts.slice();
    copy.#reason = this.#reason.slice();
    copy.#state = this.#state.slice();
    copy.#health = this.#health.slice();
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
    this.#serial[row] = 0;
    this.#text[row] = '';
    this.#containerId[row] = '';
    this.#hostPorts[row] = NOTHING;
    for (const sparse of [this.#strangeReason, this.#gpuIds, this.#exitCode]) sparse.delete(row);
  }

  #grow(rows: number): void {
    const capacity = capacityFor(rows, this.#capacity);
    this.#serial = widen(Float64Array, this.#serial, capacity);
    this.#workloadId = widen(Float64Array, this.#workloadId, capacity);
    this.#createdAtMs = widen(Float64Array, this.#createdAtMs, capacity);
    this.#changedAtMs = widen(Float64Array, this.#changedAtMs, capacity);
    this.#startedAtMs = widen(Float64Array, this.#startedAtMs, capacity);
    this.#restarts = widen(Uint32Array, this.#restarts, capacity);
    this.#reason = widen(Uint16Array, this.#reason, capacity);
    this.#state = widen(Uint8Array, this.#state, capacity);
    this.#health = widen(Uint8Array, this.#health, capacity);
    this.#capacity = capacity;
  }
}

function keep<V>(sparse: Map<number, V>, row: number, value: V | undefined): void {
  if (value !== undefined) sparse.set(row, value);
  else if (sparse.size > 0) sparse.delete(row);
}
