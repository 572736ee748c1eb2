import type { Why } from '../../common/model/event.js';
import { instanceId } from '../../common/model/instance.js';
import { takeCensus } from './census.js';
import type { Census, RolloutView } from './census.js';
import { judgeEnded } from './ended.js';
import type { Wait } from './ended.js';
import { endingStep, followSpec } from './replace.js';
import type { RolloutStep, StepWhy } from './step.js';

/** The next steps of a miner's rollout, and when to look again. */
export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  /** Look again at this time (unix milliseconds), even if nothing has changed; undefined when time changes nothing. */
  readonly wakeAtMs: number | undefined;
  /** Look again whenever an instance comes further, not only when one stops or ends. */
  readonly unfinished: boolean;
  /** Why instances are missing that nothing is created for; undefined when none is. */
  readonly why: Why | undefined;
}

const QUEUED: StepWhy = { reason: 'queued', text: 'Waits for its turn.' };

/** Plans the next steps that bring a miner's instances to what its record asks for. Pure; no steps means nothing to do. */
export function planRollout(view: RolloutView): RolloutPlan {
  const census = takeCensus(view);
  if (view.miner.deleting) return planDeletion(census);
  const { finished, waits, forgettable, expiresAtMs } = judgeEnded(view, census);
  const forgets = forgettable.map((serial) => ({ kind: 'forget', serial }) as const);
  if (view.miner.stopped) {
    const stops = stopAll(census, { reason: 'miner_stop', text: 'The miner is stopped.' });
    return {
      steps: [...census.losses, ...stops, ...forgets],
      wakeAtMs: expiresAtMs,
      unfinished: false,
      why: undefined,
    };
  }
  const following = followSpec(view, census.active, Math.max(0, view.miner.spec.replicas - finished));
  // Each failure that is not due holds back the one instance that it left missing.
  const count = Math.max(0, following.missing - waits.length);
  const creation: RolloutStep[] = count > 0 ? [{ kind: 'create', count, ...QUEUED }] : [];
  const heldBack = following.missing - count;
  return {
    steps: [...census.losses, ...following.steps, ...creation, ...forgets],
    wakeAtMs: earliest([expiresAtMs, ...waits.map(({ retryAtMs }) => retryAtMs)]),
    unfinished: following.unfinished,
    why: heldBack > 0 ? retryWhy(waits) : undefined,
  };
}

function planDeletion(census: Census): RolloutPlan {
  const stops = stopAll(census, { reason: 'miner_delete', text: 'The miner is deleted.' });
  const isGone = census.active.length === 0 && census.stopping === 0 && census.losses.length === 0;
  const forgets = census.ended.map(({ serial }) => ({ kind: 'forget', serial }) as const);
  const steps = isGone ? [...forgets, { kind: 'removeMiner' } as const] : [...census.losses, ...stops];
  return { steps, wakeAtMs: undefined, unfinished: false, why: undefined };
}

function stopAll({ active }: Census, why: StepWhy): RolloutStep[] {
  return active.map((record) => endingStep(record, why));
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
