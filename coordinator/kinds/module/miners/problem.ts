import { HeadframeError } from '../../../../common/model/error.js';
import type { FieldViolation } from '../../../../common/model/error.js';
import { classed } from '../source/index.js';

/** Something of a module's miner that keeps it from being applied. */
export interface Problem extends FieldViolation {
  /** Stable code. */
  readonly reason: string;
}

/** The refusal of miners: its reason is that of all problems, where they have one and the same. */
export function minersRefused(problems: readonly (Problem & { readonly document: string })[]): HeadframeError {
  const [first] = problems;
  const reasons = new Set(problems.map(({ reason }) => reason));
  const reason = first !== undefined && reasons.size === 1 ? first.reason : 'module_miner_refused';
  const violations = problems.map(({ reason: _reason, ...violation }) => violation);
  const count = `${String(problems.length)} ${problems.length === 1 ? 'value does' : 'values do'}`;
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason, violations },
    message: `${count} not go with what the modules are; nothing was applied`,
    remedy: first?.remedy ?? 'Correct them and apply again.',
    // Content that is being fetched comes by itself; the rest is for whoever wrote the manifest.
    metadata: { reasons: [...reasons].join(', '), ...classed(reasons.size === 1 && reasons.has('module_not_ready')) },
  });
}
