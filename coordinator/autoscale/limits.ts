import type { ScaleRule, ScaleStep } from '../../common/model/autoscale.js';

/** Which way the number of replicas goes. */
export type Direction = 'up' | 'down';

/** Milliseconds until the cool-down is over; 0 when it is, or when there was no step. */
export function cooldownLeftMs({ cooldownMs }: ScaleRule, steps: readonly ScaleStep[], nowMs: number): number {
  const last = steps.at(-1);
  // A step that seems to lie ahead was taken by a clock that has been set back since.
  if (last === undefined || last.atMs > nowMs) return 0;
  return Math.max(0, last.atMs + cooldownMs - nowMs);
}

/** Farthest number of replicas that the step limit allows now, given the steps of its period. */
export function farthest(
  { maxStep: { count, percent, periodMs } }: ScaleRule,
  direction: Direction,
  {
    replicas,
    steps,
    nowMs,
  }: { readonly replicas: number; readonly steps: readonly ScaleStep[]; readonly nowMs: number },
): number {
  if (count === 0 && percent === 0) return direction === 'up' ? Infinity : 0;
  const recent = steps.filter(({ atMs }) => atMs <= nowMs && atMs > nowMs - periodMs);
  const moved = recent.reduce((sum, { from, to }) => sum + (direction === 'up' ? to - from : from - to), 0);
  // A step back within the period gives back what it undid, but no more.
  const start = direction === 'up' ? replicas - Math.max(0, moved) : replicas + Math.max(0, moved);
  const share = (start * percent) / 100;
  if (direction === 'up') {
    // A share of nothing is nothing, and a miner at zero has to get away from it.
    return Math.max(replicas, start + Math.max(count, Math.ceil(share), start === 0 ? 1 : 0));
  }
  return Math.min(replicas, Math.max(0, start - Math.max(count, Math.ceil(share))));
}

/** The steps that limits may still look at, with the new one; the last is kept in any case. */
export function keptSteps(
  steps: readonly ScaleStep[],
  rules: readonly ScaleRule[],
  step: ScaleStep,
): readonly ScaleStep[] {
  const longestMs = Math.max(...rules.map(({ maxStep }) => maxStep.periodMs));
  const recent = steps.filter(({ atMs }) => atMs > step.atMs - longestMs && atMs <= step.atMs);
  return [...recent, step].slice(-MOST_STEPS);
}

/** Steps that are kept with a miner: more than this many within a period count for no limit. */
const MOST_STEPS = 64;
