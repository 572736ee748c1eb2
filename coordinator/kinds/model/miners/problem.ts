import { HeadframeError } from '../../../../common/model/error.js';
import type { FieldViolation } from '../../../../common/model/error.js';

/** Something of a model's miner that keeps it from being applied. */
export interface Problem extends FieldViolation {
  /** Stable code. */
  readonly reason: string;
}

/** The refusal of a miner: its reason is that of all problems, where they have one and the same. */
export function minerRefused(miner: string, problems: readonly Problem[]): HeadframeError {
  const [first] = problems;
  const reasons = new Set(problems.map(({ reason }) => reason));
  const violations = problems.map(({ reason: _reason, ...violation }) => ({ document: miner, ...violation }));
  return new HeadframeError({
    ...{
      code: 'failed_precondition',
      reason: reasons.size === 1 ? (first?.reason ?? '') : 'manifest_invalid',
      violations,
    },
    message: `${first?.path ?? ''}: ${first?.expected ?? 'it cannot be built'}; nothing was applied`,
    remedy: first?.remedy ?? 'Correct it and apply again.',
    metadata: { miner, class: 'never' },
  });
}
