import type { FleetChange } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { Health, InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { Instance } from '../../../common/gen/headframe/v1/instance_pb.js';
import { RolloutCause, RolloutState } from '../../../common/gen/headframe/v1/miner_pb.js';
import type { Miner } from '../../../common/gen/headframe/v1/miner_pb.js';
import { parseInstanceId } from '../../../common/model/instance.js';
import { INSTANCE_STATE, whyFromWire } from '../../../common/wire/client.js';
import { whyLine } from '../views/why.js';

/** What can be waited for. */
export const WANTED = ['running', 'stopped', 'deleted'] as const;

/** State of a miner that is waited for: all that is wanted runs and passes its checks, nothing lives, or it is gone. */
export type Wanted = (typeof WANTED)[number];

/** A miner and the state it is to reach. */
export interface Goal {
  readonly miner: string;
  readonly wanted: Wanted;
  /** Whether a live instance has still to go, as one of an older spec. */
  readonly isStale?: (instance: Instance) => boolean;
  /** The rollout that is to bring it, and has to complete; undefined when none is looked at. */
  readonly rollout?: AwaitedRollout;
}

/** A rollout that is waited for; its failure ends the wait. */
export interface AwaitedRollout {
  /** Revision that it is to bring; undefined for whichever it brings. */
  readonly toRevision?: bigint;
}

/** How far a goal is: `done` of `total`, and why no further. */
export interface GoalStanding {
  readonly goal: Goal;
  readonly reached: boolean;
  readonly done: number;
  readonly total: number;
  readonly why: string;
  /** Set when waiting on is of no use. */
  readonly hopeless?: Hopeless;
}

/** Why a goal cannot be reached, unless somebody does something. */
export type Hopeless = 'missing' | 'deleting' | 'failed' | 'rolledBack' | 'quarantined';

const ENDED: ReadonlySet<InstanceState> = new Set([InstanceState.STOPPED, InstanceState.FAILED, InstanceState.LOST]);

/** What a watch has told so far, and how far goals are by that. */
export class Board {
  /** Whether the present state has been told in full. */
  synced = false;
  readonly #miners = new Map<string, Miner>();
  readonly #live = new Map<string, Map<string, Instance>>();
  readonly #highest = new Map<string, number>();

  /** Forgets everything, before it is told anew. */
  reset(): void {
    this.synced = false;
    this.#miners.clear();
    this.#live.clear();
  }

  take({ change }: FleetChange): void {
    if (change.case === 'miner') this.#miners.set(change.value.spec?.name ?? '', change.value);
    else if (change.case === 'minerRemoved') this.#miners.delete(change.value);
    else if (change.case === 'instanceRemoved') this.#liveOf(minerOf(change.value)).delete(change.value);
    else if (change.case === 'instance') this.#takeInstance(change.value);
  }

  /** Live instances whose image is being made ready, at most `limit`. */
  preparing(limit: number): string[] {
    const found: string[] = [];
    for (const live of this.#live.values()) {
      for (const { id, state } of live.values()) {
        if (found.length === limit) return found;
        if (state === InstanceState.PREPARING) found.push(id);
      }
    }
    return found;
  }

  standingOf(goal: Goal): GoalStanding {
    const miner = this.#miners.get(goal.miner);
    const live = [...this.#liveOf(goal.miner).values()];
    switch (goal.wanted) {
      case 'running':
        return this.#running(goal, miner, live);
      case 'stopped':
        if (miner === undefined) return hopeless(goal, 'missing');
        return this.#emptying(goal, live, live.length === 0);
      case 'deleted':
        return this.#emptying(goal, live, miner === undefined);
    }
  }

  #takeInstance(instance: Instance): void {
    const live = this.#liveOf(instance.miner);
    if (ENDED.has(instance.state)) live.delete(instance.id);
    else live.set(instance.id, instance);
  }

  #liveOf(miner: string): Map<string, Instance> {
    const known = this.#live.get(miner);
    if (known !== undefined) return known;
    const made = new Map<string, Instance>();
    this.#live.set(miner, made);
    return made;
  }

  #running(goal: Goal, miner: Miner | undefined, live: readonly Instance[]): GoalStanding {
    if (miner === undefined) return hopeless(goal, 'missing');
    if (miner.deleting) return hopeless(goal, 'deleting');
    const fresh = live.filter((instance) => goal.isStale?.(instance) !== true);
    const ready = fresh.filter(isReady).length + (miner.counts?.completed ?? 0);
    const total = miner.counts?.desired ?? 0;
    const surplus = live.length > fresh.length || fresh.length > total;
    const reached = ready >= total && !surplus && hasRolled(goal, miner);
    const standing = { goal, reached, done: Math.min(ready, total), total };
    if (reached) return { ...standing, why: '' };
    const lost = inVain(goal, miner);
    return { ...standing, why: whyNotRunning(miner, live), ...(lost === undefined ? {} : { hopeless: lost }) };
  }

  // The total is the most that was ever seen: what stops is counted down from there.
  #emptying(goal: Goal, live: readonly Instance[], reached: boolean): GoalStanding {
    const total = Math.max(this.#highest.get(goal.miner) ?? 0, live.length);
    this.#highest.set(goal.miner, total);
    const why = reached ? '' : (live.map(instanceLine)[0] ?? 'its last instance has ended');
    return { goal, reached, done: total - live.length, total, why };
  }
}

function minerOf(id: string): string {
  return parseInstanceId(id)?.miner ?? '';
}

function hasRolled({ rollout: awaited }: Goal, { rollout, stopped }: Miner): boolean {
  if (awaited === undefined || rollout === undefined || stopped) return true;
  if (awaited.toRevision !== undefined && awaited.toRevision !== rollout.toRevision) return false;
  // An automatic rollback that has ended is complete as well.
  return rollout.endedAtMs > 0n && rollout.state !== RolloutState.FAILED;
}

function inVain({ rollout: awaited }: Goal, { rollout, quarantine }: Miner): Hopeless | undefined {
  if (quarantine !== undefined) return 'quarantined';
  if (awaited === undefined || rollout === undefined) return undefined;
  if (rollout.state === RolloutState.FAILED) return 'failed';
  const isOther = awaited.toRevision !== undefined && awaited.toRevision !== rollout.toRevision;
  return isOther && rollout.cause === RolloutCause.AUTO_ROLLBACK ? 'rolledBack' : undefined;
}

function isReady({ state, health }: Instance): boolean {
  return state === InstanceState.RUNNING && (health === Health.NONE || health === Health.HEALTHY);
}

function whyNotRunning({ why }: Miner, live: readonly Instance[]): string {
  if (why !== undefined) return whyLine(whyFromWire(why));
  const unready = live.filter((instance) => !isReady(instance));
  return unready.map(instanceLine)[0] ?? 'instances are about to be created or replaced';
}

function instanceLine({ id, state, reason, text }: Instance): string {
  return `${id} is ${INSTANCE_STATE.find(state) ?? 'in an unknown state'}: ${reason}${text === '' ? '' : ` (${text})`}`;
}

function hopeless(goal: Goal, reason: 'missing' | 'deleting'): GoalStanding {
  return { goal, reached: false, done: 0, total: 0, why: '', hopeless: reason };
}
