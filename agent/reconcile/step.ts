import type { Assignment } from '../../common/model/workload.js';

/** One thing to do for one instance; carries all its executor needs. A `hurried` stop is over by the end of the lease. */
export type Step =
  | { readonly kind: 'prepare'; readonly assignment: Assignment }
  | { readonly kind: 'launch'; readonly assignment: Assignment }
  | { readonly kind: 'stop'; readonly serial: number; readonly graceMs: number; readonly hurried: boolean }
  | { readonly kind: 'remove'; readonly serial: number };

/** Serial of the instance a step is for. */
export function serialOf(step: Step): number {
  return 'assignment' in step ? step.assignment.serial : step.serial;
}

/** How a step ended. */
export type StepOutcome =
  { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly text: string };
