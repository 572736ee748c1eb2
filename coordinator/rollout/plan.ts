import type { AdmissionRecord } from '../../common/model/admission.js';
import type { Why } from '../../common/model/event.js';
import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { wantedReplicas } from '../../common/model/miner.js';
import { relocation, takeCensus } from './census.js';
import type { Census, RolloutView } from './census.js';
import type { RolloutDecision } from './decision.js';
import { judgeEnded } from './ended.js';
import type { Wait } from './ended.js';
import { countFailures, judgeQuarantine } from './failures.js';
import { dutyWhy, heldBack } from './held.js';
import { endingStep, followSpec } from './replace.js';
import type { Following } from './replace.js';
import { judgeRollout } from './standing.js';
import type { RolloutStep, StepWhy } from './step.js';

/** The next steps of a miner's rollout, and when to look again. */
export interface RolloutPlan {
  /** What is to be made durable first; the steps are planned again after it. */
  readonly decision: RolloutDecision | undefined;
  readonly steps: readonly RolloutStep[];
  /** Look again at this time (unix milliseconds), even if nothing has changed; undefined when time changes nothing. */
  readonly wakeAtMs: number | undefined;
  /** Look again whenever an instance comes further, not only when one stops or ends. */
  readonly unfinished: boolean;
  /** Look again once this many instances are healthy and have been for the time the policy asks; undefined for never. */
  readonly settlesAt: number | undefined;
  /** Why instances are missing that nothing is created for, or are not replaced; undefined when none is. */
  readonly why: Why | undefined;
  /** Active instances of the present workload, and of those the ones that count as available. */
  readonly progress: { readonly updated: number; readonly available: number };
}

const QUEUED: StepWhy = { reason: 'queued', text: 'Waits for its turn.' };
const NOTHING = {
  decision: undefined,
  steps: [],
  wakeAtMs: undefined,
  unfinished: false,
  settlesAt: undefined,
  why: undefined,
  progress: { updated: 0, available: 0 },
} as const satisfies RolloutPlan;

/** Plans the next steps that bring a miner's instances to what its record asks for. Pure; no steps means nothing to do. */
export function planRollout(view: RolloutView): RolloutPlan {
  const census = takeCensus(view);
  if (view.miner.deleting) return planDeletion(census);
  if (view.miner.stopped) return planStop(view, census);
  const held = heldBack(view.miner);
  if (held !== undefined) return planHeld(view, census, held);
  const counted = countFailures(view, census);
  if (counted !== undefined) return { ...NOTHING, decision: counted };
  const { finished, waits, forgettable, expiresAtMs } = judgeEnded(view, census);
  const wanted = Math.max(0, wantedReplicas(view.miner) - finished);
  const standing = judgeRollout(view, census, wanted);
  const decision = standing.decision ?? judgeQuarantine(view, census, wanted);
  if (decision !== undefined) return { ...NOTHING, decision };
  const { quarantine } = view.miner;
  const following = followSpec(view, census.active, wanted);
  const making = quarantine === undefined ? replenish(view, following, waits) : giveUp(view, following);
  const forgets = forgettable.map((serial) => ({ kind: 'forget', serial }) as const);
  return {
    ...NOTHING,
    steps: [...census.losses, ...making.steps, ...forgets],
    wakeAtMs: earliest([expiresAtMs, standing.wakeAtMs, ...waits.map(({ retryAtMs }) => retryAtMs)]),
    unfinished: following.unfinished || standing.updated < census.active.length,
    settlesAt: standing.settlesAt,
    why: making.why ?? rolloutWhy(view) ?? dutyWhy(view.miner),
    progress: { updated: standing.updated, available: standing.available },
  };
}

function planDeletion(census: Census): RolloutPlan {
  const stops = stopAll(census, { reason: 'miner_delete', text: 'The miner is deleted.' });
  const isGone = census.active.length === 0 && census.stopping === 0 && census.losses.length === 0;
  const forgets = census.ended.map(({ serial }) => ({ kind: 'forget', serial }) as const);
  const steps = isGone ? [...forgets, { kind: 'removeMiner' } as const] : [...census.losses, ...stops];
  return { ...NOTHING, steps };
}

function planStop(view: RolloutView, census: Census): RolloutPlan {
  const { forgettable, expiresAtMs } = judgeEnded(view, census);
  const stops = stopAll(census, { reason: 'miner_stop', text: 'The miner is stopped.' });
  const forgets = forgettable.map((serial) => ({ kind: 'forget', serial }) as const);
  return { ...NOTHING, steps: [...census.losses, ...stops, ...forgets], wakeAtMs: expiresAtMs };
}

/** Nothing is made for a miner that may not run; what runs goes on until the miner has lost its place for good. */
function planHeld(view: RolloutView, census: Census, { state, reason, text, atMs }: AdmissionRecord): RolloutPlan {
  const { forgettable, expiresAtMs } = judgeEnded(view, census);
  const stopping = { reason: 'chain_withdrawn', text } as const;
  const ending = census.active.filter((record) => state === 'withdrawn' || record.state === 'pending');
  const stops = ending.map((record) => endingStep(record, stopping));
  const forgets = forgettable.map((serial) => ({ kind: 'forget', serial }) as const);
  const why: Why = { reason, text, atMs, filters: [] };
  return { ...NOTHING, steps: [...census.losses, ...stops, ...forgets], wakeAtMs: expiresAtMs, why };
}

function stopAll({ active }: Census, why: StepWhy): RolloutStep[] {
  return active.map((record) => endingStep(record, why));
}

interface Making {
  readonly steps: readonly RolloutStep[];
  readonly why: Why | undefined;
}

/** Makes what is missing; each failure that is not due holds back the one instance that it left missing. */
function replenish(view: RolloutView, { steps, kept, missing }: Following, waits: readonly Wait[]): Making {
  const count = Math.max(0, missing - waits.length);
  const creations = creationsOf(view, { kept, waits }, count);
  return { steps: [...steps, ...creations], why: missing > count ? retryWhy(waits) : undefined };
}

/**
 * While a rollout has come to a halt half way, as many run the new workload as did then, and what else is missing is made
 * as it was before: else every loss would carry on what was stopped.
 */
function creationsOf(
  { miner, workload }: RolloutView,
  { kept, waits }: { readonly kept: readonly InstanceRecord[]; readonly waits: readonly Wait[] },
  count: number,
): RolloutStep[] {
  const { fromWorkloadId, updatedLimit, paused, state } = miner.rollout;
  const isHeld = (paused || state === 'failed') && updatedLimit !== undefined && workload(fromWorkloadId) !== undefined;
  const isNew = ({ workloadId }: InstanceRecord): boolean => workloadId === miner.workloadId;
  const updated = isHeld ? kept.filter(isNew).length + waits.filter(({ record }) => isNew(record)).length : 0;
  const renewed = isHeld ? Math.min(count, Math.max(0, updatedLimit - updated)) : count;
  const create = (workloadId: number, many: number): RolloutStep[] =>
    many === 0 ? [] : [{ kind: 'create', count: many, workloadId, ...QUEUED }];
  return [...create(miner.workloadId, renewed), ...create(fromWorkloadId, count - renewed)];
}

/** Nothing is made for a quarantined miner: who waits for a host waits no more, and who has to leave its host ends. */
function giveUp(view: RolloutView, { steps, kept }: Following): Making {
  const { quarantine } = view.miner;
  const text = quarantine?.text ?? '';
  const given: RolloutStep[] = [];
  for (const record of kept) {
    const leave = relocation(view, record);
    if (record.state === 'pending') given.push(endingStep(record, { reason: 'quarantined', text }));
    else if (leave !== undefined) given.push(endingStep(record, leave));
  }
  const missing = kept.length - given.length < wantedReplicas(view.miner);
  const why: Why = { reason: 'quarantined', text, atMs: quarantine?.atMs ?? view.nowMs, filters: [] };
  return { steps: [...steps, ...given], why: missing ? why : undefined };
}

/** Why instances go on running what is not the present revision. */
function rolloutWhy({ miner }: RolloutView): Why | undefined {
  const { state, paused, reason, text, endedAtMs, updatedLimit, progressedAtMs } = miner.rollout;
  if (state === 'failed') return { reason, text, atMs: endedAtMs, filters: [] };
  if (!paused || updatedLimit === undefined) return undefined;
  const pausedText = 'Nothing is replaced until it is resumed.';
  return { reason: 'rollout_paused', text: pausedText, atMs: progressedAtMs, filters: [] };
}

function retryWhy(waits: readonly Wait[]): Why | undefined {
  const [next, ...others] = [...waits].sort((a, b) => a.retryAtMs - b.retryAtMs);
  if (next === undefined) return undefined;
  const { record, retryAtMs } = next;
  const more = others.length === 0 ? '' : ` and ${String(others.length)} more`;
  const delayS = Math.ceil((retryAtMs - record.changedAtMs) / 1000);
  const text = `${instanceId(record.miner, record.serial)}${more} failed (${record.reason}); tried again ${String(delayS)} s after that.`;
  return { reason: 'retry_backoff', text, atMs: record.changedAtMs, filters: [] };
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  let first: number | undefined;
  for (const time of times) if (time !== undefined && (first === undefined || time < first)) first = time;
  return first;
}
