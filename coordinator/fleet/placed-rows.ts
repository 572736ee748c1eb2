import type { InstanceRecord } from '../../common/model/instance.js';
import type { InstanceStanding } from '../instances/instance-columns.js';
import { ALIKE } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import type { Restatement } from './instance-log.js';
import type { InstanceTable } from './instance-table.js';
import type { InstancePlacement } from './port.js';

/** When a placement is made, and the exclusive identity of a workload, '' for none. */
interface PlacementFacts {
  readonly atMs: number;
  readonly identityOf: (workloadId: number) => string;
}

/**
 * Has pending rows of one workload assigned to a host. Does nothing and answers undefined when they are not alike, when
 * they are not as they were created, or when their workload has an exclusive identity: such are rare.
 */
export function placeRows(
  table: InstanceTable,
  placement: InstancePlacement,
  { atMs, identityOf }: PlacementFacts,
): Restatement | undefined {
  const rows = plainRows(table, placement.serials);
  const first = rows?.[0];
  if (rows === undefined || first === undefined) return undefined;
  const { columns } = table;
  if (identityOf(columns.workloadId(first)) !== '') return undefined;
  const before = rows.map((row) => columns.standing(row));
  const standing = assigned(placement, atMs);
  rows.forEach((row, at) => {
    table.restate(row, standing);
    if (placement.hostPorts !== undefined || placement.gpuIds !== undefined) table.grant(row, grantOf(placement, at));
  });
  table.settle(rows, placement.hostId, standing);
  const like = columns.read(first, table.minerAt(first), placement.hostId);
  return { kind: 'restatement', settled: true, before, rows: resultOf(table, like, placement) };
}

/** The rows of the serials; undefined unless they are new, all of one workload, and each named once. */
function plainRows(table: InstanceTable, serials: readonly number[]): number[] | undefined {
  const { columns } = table;
  const rows: number[] = [];
  for (const [at, serial] of serials.entries()) {
    const row = table.rowOf(serial);
    if (row === undefined || (at > 0 && serial <= (serials[at - 1] ?? 0))) return undefined;
    if (columns.workloadId(row) !== columns.workloadId(rows[0] ?? row) || !isNew(table, row)) return undefined;
    rows.push(row);
  }
  return rows;
}

/** Whether a row is as it was created: it waits, and nothing was ever said of it but why. */
function isNew(table: InstanceTable, row: number): boolean {
  const { columns } = table;
  return (
    columns.state(row) === 'pending' &&
    columns.health(row) === 'none' &&
    columns.restarts(row) === 0 &&
    columns.startedAtMs(row) === 0 &&
    columns.containerId(row) === '' &&
    columns.exitCode(row) === undefined &&
    columns.hostPorts(row).length === 0 &&
    columns.gpuIds(row).length === 0 &&
    table.hostAt(row) === undefined
  );
}

function assigned({ reason, text }: InstancePlacement, atMs: number): InstanceStanding {
  const fresh = { restarts: 0, exitCode: undefined, containerId: '', startedAtMs: 0 } as const;
  return { state: 'assigned', health: 'none', reason, text, changedAtMs: atMs, ...fresh };
}

function grantOf({ hostPorts, gpuIds }: InstancePlacement, at: number): Pick<InstanceRecord, 'hostPorts' | 'gpuIds'> {
  return { hostPorts: hostPorts?.[at] ?? NOTHING, gpuIds: gpuIds?.[at] ?? NOTHING };
}

function resultOf(table: InstanceTable, like: InstanceRecord, placement: InstancePlacement): InstanceRows {
  const { columns } = table;
  const { serials, hostPorts, gpuIds } = placement;
  const createdAtMs = serials.map((serial) => columns.createdAtMs(table.rowOf(serial) ?? 0));
  const together = createdAtMs.every((time) => time === like.createdAtMs);
  const isAlike = together && hostPorts === undefined && gpuIds === undefined;
  const differing = { hostPorts, gpuIds, createdAtMs: together ? undefined : createdAtMs };
  return { like, serials: [...serials], columns: isAlike ? ALIKE : { ...ALIKE, ...differing } };
}

const NOTHING: readonly never[] = Object.freeze([]);
