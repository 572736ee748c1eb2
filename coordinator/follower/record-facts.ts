import type { Clock } from '../../common/model/clock.js';
import type { Why } from '../../common/model/event.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { autoscaleViewOf } from '../autoscale/index.js';
import type { FleetReader } from '../fleet/port.js';
import { planRollout } from '../rollout/index.js';
import type { RolloutPlan } from '../rollout/index.js';
import type { recordReads } from '../api/index.js';
import { QUEUED } from '../scheduler/index.js';

/** What of the parts of views is not the fleet. */
type Facts = Pick<Parameters<typeof recordReads>[0], 'scheduler' | 'rollout' | 'autoscaler' | 'liveness'>;

/** What is known of a miner whose instances are not all as wanted. */
interface Standing {
  readonly why: Why | undefined;
  readonly plan: RolloutPlan;
  readonly untilMs: number;
}

/** A miner of many instances takes long to look through, so that what was found is good for so long, in milliseconds. */
const GOOD_MS = 1_000;
const MOST_KEPT = 10_000;
/** The first of a miner's instances that wait tell why; others say no more. */
const MOST_WAITING = 1_000;

/**
 * What a coordinator that leads knows of miners beside the records, as far as it follows from these: why instances wait or are
 * missing, and how far a rollout is. What hosts say of themselves is not there.
 */
export function recordFacts(fleet: FleetReader, clock: Pick<Clock, 'nowMs' | 'monotonicMs'>): Facts {
  const standings = new Map<string, Standing>();
  const standingOf = (name: string): Standing | undefined => {
    const miner = fleet.miner(name);
    if (miner === undefined || isAsWanted(fleet, miner)) return undefined;
    const nowMs = clock.monotonicMs();
    const known = standings.get(name);
    if (known !== undefined && nowMs < known.untilMs) return known;
    if (standings.size >= MOST_KEPT) standings.clear();
    const found = { ...look(fleet, miner, clock.nowMs()), untilMs: nowMs + GOOD_MS };
    standings.set(name, found);
    return found;
  };
  return {
    scheduler: { why: (miner) => standingOf(miner)?.why },
    rollout: {
      whyOf: (miner) => standingOf(miner)?.plan.why,
      progressOf: (miner) => {
        const plan = standingOf(miner)?.plan;
        if (plan !== undefined && plan.decision === undefined) return plan.progress;
        const { pending, assigned, preparing, starting, running, healthy } = fleet.countsOf(miner);
        return { updated: pending + assigned + preparing + starting + running, available: healthy };
      },
    },
    autoscaler: { viewOf: (miner) => autoscaleViewOf(miner, undefined) },
    liveness: { lastSeenMs: () => 0 },
  };
}

function isAsWanted(fleet: FleetReader, miner: MinerRecord): boolean {
  const { state, paused } = miner.rollout;
  if ((state !== 'complete' && state !== 'rolledBack') || paused) return false;
  return fleet.countsOf(miner.spec.name).running === wantedReplicas(miner);
}

function look(fleet: FleetReader, miner: MinerRecord, nowMs: number): Pick<Standing, 'why' | 'plan'> {
  const { name } = miner.spec;
  const plan = planRollout({
    ...{ nowMs, miner, instances: fleet.instancesOf(name) },
    workload: (id) => fleet.workload(id),
    host: (id) => fleet.host(id),
  });
  return { why: whyWaiting(fleet, name), plan };
}

/** As the coordinator that leads has written it into the records. */
function whyWaiting(fleet: FleetReader, miner: string): Why | undefined {
  let left = Math.min(MOST_WAITING, fleet.countsOf(miner).pending);
  let queued: Why | undefined;
  if (left === 0) return undefined;
  for (const { state, reason, text, createdAtMs, changedAtMs } of fleet.instancesOf(miner)) {
    if (state !== 'pending') continue;
    // A miner's instances are made as queued, and may be looked at in the same millisecond.
    if (reason !== QUEUED.reason) return { reason, text, atMs: changedAtMs, filters: [] };
    queued ??= { ...QUEUED, atMs: createdAtMs };
    left -= 1;
    if (left === 0) break;
  }
  return queued;
}
