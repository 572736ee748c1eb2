import type { InstanceView, MinerCounts, MinerView, RolloutView } from '../../common/wire/client.js';
import type { Block, Table, View } from '../../coordinator/cli/output/view.js';
import { textOf } from '../../coordinator/cli/output/view.js';
import { sampleMiner } from './fleet-samples.js';

const NO_INSTANCES: MinerCounts = {
  desired: 0,
  pending: 0,
  starting: 0,
  running: 0,
  healthy: 0,
  stopping: 0,
  completed: 0,
};

/** A miner as clients see it; tests say only what they are about. */
export function sampleMinerView(patch: Partial<MinerView> = {}, counts: Partial<MinerCounts> = {}): MinerView {
  const { workloadId: _workloadId, failures: _failures, autoscale: _autoscale, ...record } = sampleMiner();
  return {
    ...record,
    rollout: undefined,
    revision: 1,
    why: undefined,
    ...patch,
    counts: { ...NO_INSTANCES, ...counts },
  };
}

/** A rollout half way, as clients see it. */
export function sampleRolloutView(patch: Partial<RolloutView> = {}): RolloutView {
  return {
    state: 'progressing',
    cause: 'apply',
    fromRevision: 1,
    toRevision: 2,
    wanted: 2,
    updated: 1,
    available: 1,
    startedAtMs: 1000,
    deadlineAtMs: 0,
    endedAtMs: 0,
    why: undefined,
    ...patch,
  };
}

/** A running instance as clients see it. */
export function sampleInstanceView(patch: Partial<InstanceView> = {}): InstanceView {
  return {
    id: 'alpha-1',
    serial: 1,
    miner: 'alpha',
    specRevision: 1,
    hostId: 'host-1',
    hostName: 'rig-1',
    state: 'running',
    health: 'none',
    reason: 'started',
    text: '',
    restarts: 0,
    exitCode: undefined,
    ports: [],
    gpuIds: [],
    containerId: 'c0ffee',
    createdAtMs: 1000,
    changedAtMs: 1000,
    startedAtMs: 1000,
    revision: 1,
    ...patch,
  };
}

/** The only table of a view, as records of texts by title. */
export function rowsOf(view: View): Record<string, string>[] {
  const tables = view.filter((block): block is Extract<Block, { kind: 'table' }> => block.kind === 'table');
  if (tables.length !== 1 || tables[0] === undefined) throw new Error(`the view has ${String(tables.length)} tables`);
  return tableRows(tables[0].table);
}

/** All facts of a view by name. */
export function factsOf(view: View): Record<string, string> {
  const facts = view.flatMap((block) => (block.kind === 'facts' ? block.facts : []));
  return Object.fromEntries(facts.map(([name, cell]) => [name, textOf(cell)]));
}

function tableRows({ head, rows }: Table): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(row.map((cell, index) => [head[index] ?? '', textOf(cell)])));
}
