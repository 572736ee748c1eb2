import { holdsCapacity, mayFollow } from '../../common/model/instance.js';
import type { InstanceState } from '../../common/model/instance.js';
import type { InstanceLog } from './instance-log.js';
import type { InstanceTable } from './instance-table.js';
import type { InstanceStatus, ReportVerdict } from './port.js';
import { RestatedRows } from './restated-rows.js';

/** Only these are an agent's to say; the others are the coordinator's decisions. */
const REPORTABLE = new Set<InstanceState>(['preparing', 'starting', 'running', 'stopping', 'stopped', 'failed']);

/** Batches open at once: more than that many outcomes at a time are rare. */
const MOST_OPEN = 8;

/** Where statuses come from, and when. */
export interface StatusOrigin {
  readonly hostId: string;
  readonly atMs: number;
}

/**
 * Takes in what one host's agent says of its instances. Statuses that come to the same make one batch; what ends an
 * instance, and what people are not told, goes to `single` one by one.
 */
export class StatusIntake {
  readonly #table: InstanceTable;
  readonly #log: InstanceLog;
  readonly #from: StatusOrigin;
  readonly #single: (status: InstanceStatus) => void;
  /** Those that may take more rows; nothing else is noted between the first and the last. */
  #batches: RestatedRows[] = [];

  constructor(table: InstanceTable, log: InstanceLog, from: StatusOrigin, single: (status: InstanceStatus) => void) {
    this.#table = table;
    this.#log = log;
    this.#from = from;
    this.#single = single;
  }

  /** Takes a status in, as far as it may follow what is known; answers what became of it. */
  take(status: InstanceStatus): ReportVerdict {
    const row = this.#table.rowOf(status.serial);
    if (row === undefined) return 'unknown';
    if (this.#table.hostAt(row) !== this.#from.hostId) return 'foreign';
    const { columns } = this.#table;
    const from = { state: columns.state(row), restarts: columns.restarts(row) };
    if (!REPORTABLE.has(status.state) || !mayFollow(from, status)) return 'outdated';
    const isTold = this.#isTold(row, status);
    if (!isTold && this.#isSame(row, status)) return 'unchanged';
    // Only what is live and stays so keeps its identity without being asked.
    if (isTold && holdsCapacity(from.state) && holdsCapacity(status.state)) this.#add(row, status);
    else this.#single(status);
    return 'taken';
  }

  #add(row: number, status: InstanceStatus): void {
    const exitCode = status.exitCode ?? this.#table.columns.exitCode(row);
    let batch = this.#openBatch(row, (open) => open.takes(status, exitCode));
    if (batch === undefined) {
      batch = new RestatedRows(this.#table, { status, exitCode, ...this.#from });
      this.#log.push(batch);
      if (this.#batches.push(batch) > MOST_OPEN) this.#batches.shift();
    }
    batch.add(row, status);
  }

  /** A later change of a row must stand behind an earlier one: one that this transaction has changed fits the last alone. */
  #openBatch(row: number, takes: (batch: RestatedRows) => boolean): RestatedRows | undefined {
    const last = this.#batches.at(-1);
    if (last === undefined) return undefined;
    if (!this.#log.isLast(last)) {
      this.#batches = [];
      return undefined;
    }
    if (takes(last)) return last;
    return this.#table.columns.changedAtMs(row) === this.#from.atMs ? undefined : this.#batches.find(takes);
  }

  /** Whether people are told of the change. */
  #isTold(row: number, status: InstanceStatus): boolean {
    const { columns } = this.#table;
    return (
      status.state !== columns.state(row) ||
      status.health !== columns.health(row) ||
      status.restarts !== columns.restarts(row) ||
      status.reason !== columns.reason(row)
    );
  }

  #isSame(row: number, status: InstanceStatus): boolean {
    const { columns } = this.#table;
    return (
      status.text === columns.text(row) &&
      status.containerId === columns.containerId(row) &&
      status.startedAtMs === columns.startedAtMs(row) &&
      (status.exitCode === undefined || status.exitCode === columns.exitCode(row))
    );
  }
}
