import type { InstanceRecord } from '../../common/model/instance.js';
import type { InstanceStanding } from '../instances/instance-columns.js';
import { ALIKE } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { Restatement } from './instance-log.js';
import type { InstanceTable } from './instance-table.js';
import type { InstanceStatus } from './port.js';

/** What the rows of a batch come to. */
interface Outcome {
  readonly status: InstanceStatus;
  readonly exitCode: number | undefined;
  readonly hostId: string;
  readonly atMs: number;
}

/** Rows on one host that came to the same in one transaction; only their containers and grants differ. */
export class RestatedRows implements Restatement {
  readonly kind = 'restatement';
  readonly settled = false;
  readonly before: InstanceStanding[] = [];
  readonly #table: InstanceTable;
  readonly #outcome: Outcome;
  readonly #serials: number[] = [];
  readonly #columns = {
    miner: Array.of<string>(),
    workloadId: Array.of<number>(),
    hostPorts: Array.of<readonly number[]>(),
    gpuIds: Array.of<readonly string[]>(),
    createdAtMs: Array.of<number>(),
    containerId: Array.of<string>(),
    startedAtMs: Array.of<number>(),
  };
  #like: InstanceRecord | undefined;

  constructor(table: InstanceTable, outcome: Outcome) {
    this.#table = table;
    this.#outcome = outcome;
  }

  /** The rows as the batch left them. */
  get rows(): InstanceRows {
    if (this.#like === undefined) throw new RangeError('a batch begins with its first row');
    return { like: this.#like, serials: this.#serials, columns: { ...ALIKE, ...this.#columns } };
  }

  /** Whether a status comes to what this batch came to. */
  takes(status: InstanceStatus, exitCode: number | undefined): boolean {
    const { status: own } = this.#outcome;
    return (
      status.state === own.state &&
      status.health === own.health &&
      status.reason === own.reason &&
      status.text === own.text &&
      status.restarts === own.restarts &&
      exitCode === this.#outcome.exitCode
    );
  }

  /** Restates a row. */
  add(row: number, { serial, containerId, startedAtMs }: InstanceStatus): void {
    const { exitCode, atMs, hostId } = this.#outcome;
    const { state, health, reason, text, restarts } = this.#outcome.status;
    const { columns } = this.#table;
    const miner = this.#table.minerAt(row);
    this.before.push(columns.standing(row));
    const told = { state, health, reason, text, restarts, exitCode, containerId, changedAtMs: atMs, startedAtMs };
    this.#table.restate(row, told);
    this.#like ??= columns.read(row, miner, hostId);
    this.#serials.push(serial);
    // Read now: another change of the transaction may take the row away.
    this.#columns.miner.push(miner);
    this.#columns.workloadId.push(columns.workloadId(row));
    this.#columns.hostPorts.push(columns.hostPorts(row));
    this.#columns.gpuIds.push(columns.gpuIds(row));
    this.#columns.createdAtMs.push(columns.createdAtMs(row));
    this.#columns.containerId.push(containerId);
    this.#columns.startedAtMs.push(startedAtMs);
  }
}
