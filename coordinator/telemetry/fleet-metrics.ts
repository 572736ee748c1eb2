import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { HOST_STATES } from '../../common/model/host.js';
import { INSTANCE_STATES } from '../../common/model/instance.js';
import { isReasonCode } from '../../common/model/reason.js';
import type { FleetPort } from '../fleet/port.js';
import type { RolloutLoop } from '../rollout/index.js';
import type { Scheduler } from '../scheduler/index.js';
import { instancesIn } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';

/** What the fleet's metrics are read from. */
export interface FleetMetricsParts {
  readonly fleet: FleetPort;
  readonly scheduler: Pick<Scheduler, 'why'>;
  readonly rollout: Pick<RolloutLoop, 'whyOf'>;
}

/** Adds hosts, miners, instances, placements and commits to the metrics. Labels are bounded: never a miner or an instance. */
export function collectFleetMetrics(registry: Registry, { fleet, scheduler, rollout }: FleetMetricsParts): void {
  const registers = [registry];
  const gauge = (name: string, help: string, label: string, counts: () => ReadonlyMap<string, number>): void => {
    new Gauge({
      name: `headframe_${name}`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of counts()) this.set({ [label]: value }, count);
      },
    });
  };
  gauge('hosts', 'Hosts by state', 'state', () => hostsByState(fleet));
  gauge('instances', 'Instances by state, ended ones as long as their records are kept', 'state', () =>
    instancesByState(fleet),
  );
  const reasonOf = (miner: string): string => (scheduler.why(miner) ?? rollout.whyOf(miner))?.reason ?? 'queued';
  gauge('instances_pending', 'Pending instances by the reason why their miner waits', 'reason', () =>
    pendingByReason(fleet, reasonOf),
  );
  collectTotals(registry, fleet);
  countCommits(registry, fleet);
}

function collectTotals(registry: Registry, fleet: FleetPort): void {
  const total = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `headframe_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  total('hosts_cordoned', 'Hosts that take nothing new, draining ones included', () => {
    return [...fleet.hosts()].filter(({ cordoned, draining }) => cordoned || draining).length;
  });
  total('miners', 'Declared miners', () => [...fleet.miners()].length);
  total('fleet_revision', 'Revision of the fleet', () => fleet.revision);
  total('fleet_epoch', 'Epoch of this coordinator', () => fleet.epoch);
}

function countCommits(registry: Registry, fleet: FleetPort): void {
  const registers = [registry];
  const commits = new Counter({ name: 'headframe_commits_total', help: 'Durable commits', registers });
  const help = 'Instances given a host by the scheduler';
  const placements = new Counter({ name: 'headframe_placements_total', help, registers });
  const preemptions = new Counter({
    name: 'headframe_preemptions_total',
    help: 'Instances stopped to make room for others of higher priority',
    registers,
  });
  fleet.onDurable((commit) => {
    commits.inc();
    const { placed, preempted } = decisionsIn(commit);
    placements.inc(placed);
    preemptions.inc(preempted);
  });
}

/** States that a decision leads to. */
const DECIDED: ReadonlySet<string> = new Set(['assigned', 'stopping']);

function decisionsIn({ atMs, changes }: StoreCommit): { placed: number; preempted: number } {
  const counts = { placed: 0, preempted: 0 };
  for (const change of changes) {
    if (change.kind === 'instances' && !DECIDED.has(change.rows.like.state) && change.rows.columns.state === undefined)
      continue;
    for (const { state, reason, changedAtMs } of instancesIn(change)) {
      if (changedAtMs !== atMs) continue;
      if (state === 'assigned') counts.placed += 1;
      if (state === 'stopping' && reason === 'preempted') counts.preempted += 1;
    }
  }
  return counts;
}

function hostsByState(fleet: FleetPort): ReadonlyMap<string, number> {
  const counts = new Map<string, number>(HOST_STATES.map((state) => [state, 0]));
  for (const { state } of fleet.hosts()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

function instancesByState(fleet: FleetPort): ReadonlyMap<string, number> {
  const counts = new Map<string, number>(INSTANCE_STATES.map((state) => [state, 0]));
  for (const { spec } of fleet.miners()) {
    const ofMiner = fleet.countsOf(spec.name);
    for (const state of INSTANCE_STATES) counts.set(state, (counts.get(state) ?? 0) + ofMiner[state]);
  }
  return counts;
}

function pendingByReason(fleet: FleetPort, reasonOf: (miner: string) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { spec } of fleet.miners()) {
    const { pending } = fleet.countsOf(spec.name);
    if (pending === 0) continue;
    const reason = reasonOf(spec.name);
    const label = isReasonCode(reason) ? reason : 'other';
    counts.set(label, (counts.get(label) ?? 0) + pending);
  }
  return counts;
}
