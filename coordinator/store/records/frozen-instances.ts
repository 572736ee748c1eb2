import type { InstanceRecord } from '../../../common/model/instance.js';
import type { InstanceBlock } from '../../instances/instance-columns.js';
import type { InstanceRows, RowColumns } from '../../instances/instance-rows.js';
import type { StoredInstances } from '../store.js';

/** A block that is written to. */
export interface Page extends InstanceBlock {
  readonly miners: string[];
  readonly hosts: (string | undefined)[];
  /** Whether a snapshot may read it: then it is never written again, but copied first. */
  frozen: boolean;
}

/** Instances as of one moment; each iteration reads them anew. */
export class FrozenInstances implements StoredInstances {
  readonly #pages: readonly Page[];
  readonly count: number;

  constructor(pages: readonly Page[], count: number) {
    this.#pages = pages;
    this.count = count;
  }

  *[Symbol.iterator](): Generator<InstanceRecord> {
    for (const page of this.#pages)
      for (const slot of slotsOf(page)) yield page.columns.read(slot, page.miners[slot] ?? '', page.hosts[slot]);
  }

  blocks(): readonly InstanceBlock[] {
    return this.#pages;
  }

  /** The same, a page at a time. */
  *batches(): Generator<InstanceRows> {
    for (const page of this.#pages) {
      const rows = rowsOf(page, slotsOf(page));
      if (rows !== undefined) yield rows;
    }
  }
}

/** Slots of a page that hold an instance. */
function slotsOf({ columns, miners }: Page): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < miners.length; slot += 1) if (columns.serial(slot) !== 0) slots.push(slot);
  return slots;
}

function rowsOf({ columns, miners, hosts }: Page, slots: readonly number[]): InstanceRows | undefined {
  const [first] = slots;
  if (first === undefined) return undefined;
  const like = columns.read(first, miners[first] ?? '', hosts[first]);
  const of = <T>(same: T, read: (slot: number) => T): readonly T[] | undefined => {
    const values = slots.map(read);
    return values.every((value) => value === same) ? undefined : values;
  };
  const differing: RowColumns = {
    miner: of(like.miner, (slot) => miners[slot] ?? ''),
    workloadId: of(like.workloadId, (slot) => columns.workloadId(slot)),
    hostId: of(like.hostId, (slot) => hosts[slot]),
    state: of(like.state, (slot) => columns.state(slot)),
    health: of(like.health, (slot) => columns.health(slot)),
    reason: of(like.reason, (slot) => columns.reason(slot)),
    text: of(like.text, (slot) => columns.text(slot)),
    restarts: of(like.restarts, (slot) => columns.restarts(slot)),
    exitCode: of(like.exitCode, (slot) => columns.exitCode(slot)),
    hostPorts: of(like.hostPorts, (slot) => columns.hostPorts(slot)),
    gpuIds: of(like.gpuIds, (slot) => columns.gpuIds(slot)),
    containerId: of(like.containerId, (slot) => columns.containerId(slot)),
    createdAtMs: of(like.createdAtMs, (slot) => columns.createdAtMs(slot)),
    changedAtMs: of(like.changedAtMs, (slot) => columns.changedAtMs(slot)),
    startedAtMs: of(like.startedAtMs, (slot) => columns.startedAtMs(slot)),
  };
  return { like, serials: slots.map((slot) => columns.serial(slot)), columns: differing };
}
