import type { AutoscaleSpec, ScaleRule, ScaleStep } from '../../common/model/autoscale.js';
import { scaleMetricName, withinBounds } from '../../common/model/autoscale.js';
import type { ReasonCode } from '../../common/model/reason.js';
import { formatDuration } from '../../common/model/units.js';
import { cooldownLeftMs, farthest } from './limits.js';
import type { Direction } from './limits.js';
import type { Measure } from './measure.js';
import { wishOf } from './wish.js';
import type { Wish } from './wish.js';

/** What a decision is made from. */
export interface ScaleView {
  readonly policy: AutoscaleSpec;
  /** Replicas that are wanted now. */
  readonly replicas: number;
  /** One for each metric of the policy. */
  readonly measures: readonly Measure[];
  /** Earlier wishes by their age in milliseconds. */
  readonly wishes: readonly PastWish[];
  /** Earlier steps, the newest last. */
  readonly steps: readonly ScaleStep[];
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** How many replicas were asked for a while ago. */
export interface PastWish {
  readonly ageMs: number;
  readonly replicas: number;
}

/** What is decided: a step, or to hold, each with its why. */
export interface ScalePlan {
  readonly replicas: number;
  readonly reason: ReasonCode;
  readonly text: string;
  /** What the metrics ask for now, within the bounds; for the wishes of later decisions. */
  readonly wish: number;
}

/**
 * Decides how many replicas there are to be. The largest wish of all metrics counts, within the bounds, then what each
 * direction's stabilisation window, cool-down and step limit leave of it. While a metric is missing nothing is taken away.
 */
export function planScale(view: ScaleView): ScalePlan {
  const { policy, replicas, measures } = view;
  const wishes = measures.flatMap((measure) => wishOf(measure, replicas, policy.tolerancePercent / 100) ?? []);
  const missing = measures.find(({ sum }) => sum === undefined);
  const [first, ...more] = wishes;
  if (first === undefined) return holdForMissing(view, missing);
  const largest = more.reduce((max, wish) => (wish.replicas > max.replicas ? wish : max), first);
  if (missing !== undefined && largest.replicas <= replicas) return holdForMissing(view, missing);
  const wish = withinBounds(policy, largest.replicas);
  if (wish === replicas) return { replicas, wish, ...steadyWhy(view, largest) };
  return move(view, wish, largest);
}

function move(view: ScaleView, wish: number, { text }: Wish): ScalePlan {
  const { policy, replicas, steps, nowMs } = view;
  const direction: Direction = wish > replicas ? 'up' : 'down';
  const rule = direction === 'up' ? policy.scaleUp : policy.scaleDown;
  const hold = (reason: ReasonCode, why: string): ScalePlan => ({
    replicas,
    wish,
    reason,
    text: `${text}: asks for ${String(wish)}, but ${why}.`,
  });
  const stable = stabilised(view, wish, rule);
  if (stable === replicas)
    return hold('autoscale_stabilising', `not yet for the whole window of ${formatDuration(rule.stabilisationMs)}`);
  const leftMs = cooldownLeftMs(rule, steps, nowMs);
  if (leftMs > 0)
    return hold('autoscale_cooldown', `the cool-down lasts for ${formatDuration(ceilSeconds(leftMs))} more`);
  const limit = farthest(rule, direction, view);
  const to = direction === 'up' ? Math.min(stable, limit) : Math.max(stable, limit);
  if (to === replicas) return hold('autoscale_limited', `the step limit allows no more within its period`);
  const notes = [
    ...(stable === wish ? [] : [`${String(stable)} by the stabilisation window`]),
    ...(to === stable ? [] : [`${String(to)} by the step limit`]),
  ];
  const asked = notes.length === 0 ? '' : ` (asks for ${String(wish)}, ${notes.join(', ')})`;
  return {
    replicas: to,
    wish,
    reason: 'miner_scaled',
    text: `${text}: from ${String(replicas)} to ${String(to)}${asked}.`,
  };
}

/** The most cautious wish of the window, but never beyond where the miner stands. */
function stabilised({ replicas, wishes }: ScaleView, wish: number, { stabilisationMs }: ScaleRule): number {
  const within = wishes.filter(({ ageMs }) => ageMs < stabilisationMs).map((one) => one.replicas);
  return wish > replicas
    ? Math.max(replicas, Math.min(wish, ...within))
    : Math.min(replicas, Math.max(wish, ...within));
}

function steadyWhy({ policy, replicas }: ScaleView, wish: Wish): Pick<ScalePlan, 'reason' | 'text'> {
  if (wish.replicas > policy.max)
    return {
      reason: 'autoscale_at_max',
      text: `${wish.text}: asks for ${String(wish.replicas)}, max is ${String(policy.max)}.`,
    };
  if (wish.replicas < policy.min)
    return {
      reason: 'autoscale_at_min',
      text: `${wish.text}: asks for ${String(wish.replicas)}, min is ${String(policy.min)}.`,
    };
  if (wish.dampened)
    return { reason: 'autoscale_waiting', text: `${wish.text}: waits for instances of which nothing is known yet.` };
  return { reason: 'autoscale_steady', text: `${wish.text}: ${String(replicas)} are right.` };
}

function holdForMissing({ replicas }: ScaleView, missing: Measure | undefined): ScalePlan {
  const name = missing === undefined ? 'every metric' : scaleMetricName(missing.metric);
  const text = `Nothing is known of ${name}: ${missing?.missing ?? 'there is none'}.`;
  return { replicas, wish: replicas, reason: 'autoscale_metric_missing', text };
}

function ceilSeconds(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}
