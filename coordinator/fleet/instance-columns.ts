import { HEALTH_STATES, INSTANCE_STATES } from '../../common/model/instance.js';
import type { Health, InstanceRecord, InstanceState } from '../../common/model/instance.js';
import { REASONS } from '../../common/model/reason.js';
import { capacityFor, widen } from './columns.js';

/** What the columns hold of a record; its serial's row, its miner and its host are kept by the lists. */
export type InstanceCells = Omit<InstanceRecord, 'miner' | 'hostId'>;

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
  readonly #text: string[] = [];
  readonly #containerId: string[] = [];
  readonly #hostPorts: (readonly number[])[] = [];
  // Few instances have these; code 0 of a reason points to the strange ones.
  readonly #strangeReason = new Map<number, string>();
  readonly #gpuIds = new Map<number, readonly string[]>();
  readonly #exitCode = new Map<number, number>();

  serial(row: number): number {
    return this.#serial[row] ?? 0;
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
      reason: REASON_CODES[(this.#reason[row] ?? 0) - 1] ?? this.#strangeReason.get(row) ?? '',
      text: this.#text[row] ?? '',
      restarts: this.#restarts[row] ?? 0,
      exitCode: this.#exitCode.get(row),
      hostPorts: this.#hostPorts[row] ?? NOTHING,
      gpuIds: this.#gpuIds.get(row) ?? NOTHING,
      containerId: this.#containerId[row] ?? '',
      createdAtMs: this.#createdAtMs[row] ?? 0,
      changedAtMs: this.#changedAtMs[row] ?? 0,
      startedAtMs: this.#startedAtMs[row] ?? 0,
    };
  }

  /** Writes all fields of a row; a row beyond the last one makes room for itself. */
  write(row: number, cells: InstanceCells): void {
    if (row >= this.#capacity) this.#grow(row + 1);
    this.#serial[row] = cells.serial;
    this.#workloadId[row] = cells.workloadId;
    this.#createdAtMs[row] = cells.createdAtMs;
    this.#changedAtMs[row] = cells.changedAtMs;
    this.#startedAtMs[row] = cells.startedAtMs;
    this.#restarts[row] = cells.restarts;
    this.#state[row] = INSTANCE_STATES.indexOf(cells.state);
    this.#health[row] = HEALTH_STATES.indexOf(cells.health);
    const code = CODE_OF_REASON.get(cells.reason) ?? 0;
    this.#reason[row] = code;
    this.#text[row] = cells.text;
    this.#containerId[row] = cells.containerId;
    this.#hostPorts[row] = cells.hostPorts.length === 0 ? NOTHING : cells.hostPorts;
    keep(this.#strangeReason, row, code === 0 ? cells.reason : undefined);
    keep(this.#gpuIds, row, cells.gpuIds.length === 0 ? undefined : cells.gpuIds);
    keep(this.#exitCode, row, cells.exitCode);
  }

  /** Lets go of what the row holds on the heap. */
  clear(row: number): void {
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
