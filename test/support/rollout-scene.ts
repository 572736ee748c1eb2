import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { RolloutDecision } from '../../coordinator/rollout/decision.js';
import { planRollout } from '../../coordinator/rollout/index.js';
import type { RolloutPlan, RolloutStep, RolloutView } from '../../coordinator/rollout/index.js';
import { sampleHost, sampleMiner, sampleWorkload } from './fleet-samples.js';
import { sampleInstance } from './store-samples.js';

/** The present of all scenes, unix milliseconds. */
export const NOW = Date.UTC(2026, 0, 2);
/** In milliseconds. */
export const HOUR = 3_600_000;

/** What a plan looks at; what is not said is as usual. */
export interface Scene {
  readonly spec?: Partial<MinerSpec>;
  readonly miner?: Partial<MinerRecord>;
  readonly instances?: readonly Partial<InstanceRecord>[];
  readonly hosts?: Readonly<Record<string, Partial<HostRecord> | undefined>>;
  readonly nowMs?: number;
  readonly watchedMs?: number;
  readonly moving?: readonly number[];
}

/** Plans a scene: instances are numbered from 1 and run healthily on host `h` unless told otherwise. */
export function plan(scene: Scene): Decided {
  const usual = { hostId: 'h', createdAtMs: NOW - HOUR, startedAtMs: NOW - HOUR, changedAtMs: NOW };
  const instances = (scene.instances ?? []).map((patch, index) =>
    sampleInstance({
      ...usual,
      ...(patch.state === 'pending' ? { hostId: undefined } : {}),
      serial: index + 1,
      ...patch,
    }),
  );
  const hosts: Scene['hosts'] = { h: {}, ...scene.hosts };
  return planDecided({
    nowMs: scene.nowMs ?? NOW,
    watchedMs: scene.watchedMs ?? Infinity,
    miner: sampleMiner(scene.spec, scene.miner),
    instances,
    workload: (id) => sampleWorkload(scene.spec, id, id === 3 ? 1 : id),
    host: (id) => (hosts[id] === undefined ? undefined : sampleHost(id, hosts[id])),
    moving: (serial) => (scene.moving?.includes(serial) === true ? MOVE : undefined),
  });
}

/** Why instances are moved in scenes. */
export const MOVE = { reason: 'host_drained', text: 'It is moved.' } as const;

/** A plan, after all that was decided first. */
export interface Decided extends RolloutPlan {
  /** All that was decided before, in order. */
  readonly decisions: readonly RolloutDecision[];
}

/** Plans anew after each decision, as the loop does; not after a rollback, which changes what runs. */
function planDecided(view: RolloutView, decisions: readonly RolloutDecision[] = []): Decided {
  const plan = planRollout(view);
  const { decision } = plan;
  if (decision === undefined) return { ...plan, decisions };
  const all = [...decisions, decision];
  if (decision.kind === 'rollBack') return { ...plan, decisions: all };
  const { kind: _kind, ...change } = decision;
  return planDecided({ ...view, miner: { ...view.miner, ...change } }, all);
}

/** Steps in short: `create 2 queued`, `stop 1 scaled_down`. */
export function brief({ steps }: { readonly steps: readonly RolloutStep[] }): string[] {
  return steps.map((step) => {
    if (step.kind === 'removeMiner') return step.kind;
    const what = step.kind === 'create' ? step.count : step.serial;
    return [step.kind, what, ...('reason' in step ? [step.reason] : [])].join(' ');
  });
}

/** The same thing so many times. */
export const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

/** Instances as they stand in scenes. */
export const running = {};
/** Waits for a host. */
export const pending = { state: 'pending' } as const;
/** On its way. */
export const starting = { state: 'starting', health: 'none' } as const;
/** Runs, and does not do its work. */
export const unhealthy = { health: 'unhealthy' } as const;
/** Ended with an error, just now. */
export const failed = { state: 'failed', reason: 'exited_error' } as const;
