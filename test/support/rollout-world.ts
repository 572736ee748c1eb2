import { holdsCapacity, isEnded } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import { Fleet } from '../../coordinator/fleet/fleet.js';
import { Records } from '../../coordinator/fleet/records.js';
import { containerKind } from '../../coordinator/kinds/container/index.js';
import { isAvailable, isOutdated, isProven } from '../../coordinator/rollout/census.js';
import type { RolloutView } from '../../coordinator/rollout/census.js';
import { makeDecision } from '../../coordinator/rollout/decide.js';
import { executeSteps } from '../../coordinator/rollout/execute.js';
import { applyMiners, planRollout } from '../../coordinator/rollout/index.js';
import type { RolloutPlan } from '../../coordinator/rollout/index.js';
import type { Store, StoredFleet } from '../../coordinator/store/store.js';
import { sampleHost, sampleSpec } from './fleet-samples.js';
import { ManualClock } from './manual-clock.js';

/** The kinds of miners that are applied here. */
export const KINDS = new Map([['container', containerKind]]);
/** `h0` is always there and usable. */
const HOSTS = ['h0', 'h1', 'h2'] as const;
/** Decisions in one pass that are surely too many. */
const TOO_MANY = 8;

const EMPTY: StoredFleet = {
  epoch: 0,
  revision: 0,
  documents: new Map(),
  instances: [],
  recent: [],
  warnings: [],
};
const FORGETFUL: Store = {
  load: () => Promise.resolve(EMPTY),
  commit: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** One miner, `alpha`, on a few hosts, with the plainest scheduler and agents there can be, and a rollout step by step. */
export class RolloutWorld {
  readonly clock = new ManualClock();
  readonly fleet = new Fleet(
    FORGETFUL,
    { stored: EMPTY, records: Records.of(EMPTY) },
    { clock: this.clock, watchDepth: 1 },
  );
  readonly moving = new Set<number>();
  /** Called with what a pass saw and is about to do. */
  onSteps: (view: RolloutView, plan: RolloutPlan) => void = () => undefined;
  #spec: MinerSpec;

  constructor(spec: Partial<MinerSpec>) {
    this.#spec = sampleSpec(spec);
    for (const id of HOSTS) this.fleet.transact((tx) => tx.putHost(sampleHost(id)));
    this.apply({});
  }

  get miner(): MinerRecord {
    const miner = this.fleet.miner('alpha');
    if (miner === undefined) throw new Error('the miner is gone');
    return miner;
  }

  get wanted(): number {
    return wantedReplicas(this.miner);
  }

  instances(): InstanceRecord[] {
    return [...this.fleet.instancesOf('alpha')];
  }

  active(): InstanceRecord[] {
    return this.instances().filter(({ state }) => !isEnded(state) && state !== 'stopping');
  }

  /** Applies the present spec with a change. */
  apply(patch: Partial<MinerSpec>): void {
    const replicas = this.fleet.miner('alpha')?.spec.replicas ?? this.#spec.replicas;
    this.#spec = { ...this.#spec, replicas, ...patch };
    this.fleet.transact((tx) => applyMiners(tx, [this.#spec], KINDS));
  }

  view(watchedMs = Infinity): RolloutView {
    return {
      nowMs: this.clock.nowMs(),
      watchedMs,
      miner: this.miner,
      instances: this.fleet.instancesOf('alpha'),
      workload: (id) => this.fleet.workload(id),
      host: (id) => this.fleet.host(id),
      moving: (serial) => (this.moving.has(serial) ? { reason: 'host_drained', text: 'It is moved.' } : undefined),
    };
  }

  /** One pass: all decisions, then the steps. */
  pass(watchedMs = Infinity): RolloutPlan {
    for (let left = TOO_MANY; left > 0; left--) {
      const view = this.view(watchedMs);
      const plan = planRollout(view);
      const { decision } = plan;
      if (decision === undefined) {
        this.onSteps(view, plan);
        this.fleet.transact((tx) => executeSteps(tx, view.miner, plan.steps));
        return plan;
      }
      this.fleet.transact((tx) => makeDecision(tx, view.miner, decision, { kinds: KINDS }));
    }
    throw new Error('decisions have no end');
  }

  /** Places or moves on the instance at a place in the list, or lets it fail. */
  move(at: number, fails: boolean): void {
    const all = this.instances().filter(({ state }) => !isEnded(state));
    const record = all[at % Math.max(1, all.length)];
    if (record === undefined) return;
    if (record.state === 'pending') this.#place(record, at);
    else this.#advance(record, fails);
  }

  #place(record: InstanceRecord, at: number): void {
    const { identity } = this.miner.spec;
    if (identity !== '' && this.fleet.holderOf(identity) !== undefined) return;
    const usable = [...this.fleet.hosts()].filter(({ state, draining }) => state === 'ready' && !draining);
    const hostId = usable[at % usable.length]?.id;
    if (hostId !== undefined)
      this.fleet.transact((tx) => tx.updateInstance(record.serial, { state: 'assigned', hostId }));
  }

  #advance(record: InstanceRecord, fails: boolean): void {
    if (this.fleet.host(record.hostId ?? '')?.state !== 'ready') return;
    const state = record.state === 'stopping' ? 'stopped' : fails ? 'failed' : 'running';
    const startedAtMs = record.startedAtMs === 0 ? this.clock.nowMs() : record.startedAtMs;
    this.fleet.transact((tx) => tx.updateInstance(record.serial, { state, startedAtMs }));
  }
}

/** Instances that an update may count on, of those that are left. */
export function countedOn(view: RolloutView, left: Iterable<InstanceRecord>): number {
  let count = 0;
  for (const record of left) if (isOutdated(view, record) ? isAvailable(record) : isProven(view, record)) count += 1;
  return count;
}

/** Live instances that a host holds. */
export function held(world: RolloutWorld): InstanceRecord[] {
  return world.instances().filter(({ state }) => holdsCapacity(state));
}
