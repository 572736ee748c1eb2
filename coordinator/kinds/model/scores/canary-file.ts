import { z } from 'zod';
import { operatorFileInvalid, readOperatorFile } from '../../../../common/config/index.js';
import type { FieldViolation } from '../../../../common/model/error.js';
import { MODEL_TYPES } from '../../../../common/model/model-spec.js';
import { strictObject } from '../../../../common/model/schema/index.js';
import type { CanaryTemplate, JudgeName } from './canary.js';
import { TEXT_JUDGES, judgeText } from './judge-text.js';

const MOST_CANARIES = 1_000;

const template = strictObject({
  type: z.union([z.enum(MODEL_TYPES), z.literal('')]).prefault(''),
  prompt: z.string().min(1).max(8_000),
  truth: z.string().min(1).max(4_000),
  judge: z.enum([...TEXT_JUDGES, 'embedding', 'llm']),
}).refine(({ judge, truth }) => judge !== 'numeric' || judgeText('numeric', filledIn(truth), filledIn(truth)) === 1, {
  path: ['truth'],
  error: 'one number, where the judge is numeric',
});

const file = strictObject({ canaries: z.array(template).min(1).max(MOST_CANARIES) });

/**
 * Reads prompts to ask models. Throws `HeadframeError` (failed_precondition, 'canary_file_invalid') with all that is wrong with them,
 * such as a judge that has no endpoint.
 */
export async function readCanaries(
  path: string,
  endpoints: Readonly<Record<'embedding' | 'llm', unknown>>,
): Promise<readonly CanaryTemplate[]> {
  const reason = 'canary_file_invalid';
  const { canaries } = await readOperatorFile(path, file, { reason, holds: 'prompts to ask' });
  const lacking = canaries.flatMap(({ judge }, at) => (hasJudge(judge, endpoints) ? [] : [lackOf(judge, at)]));
  if (lacking.length > 0) throw operatorFileInvalid(reason, `${path} asks for judges that are not configured`, lacking);
  return canaries;
}

function hasJudge(judge: JudgeName, endpoints: Readonly<Record<'embedding' | 'llm', unknown>>): boolean {
  return (judge !== 'embedding' && judge !== 'llm') || endpoints[judge] !== undefined;
}

function lackOf(judge: JudgeName, at: number): FieldViolation {
  return {
    path: `canaries[${String(at)}].judge`,
    value: judge,
    expected: `a judge that needs no modelScores.${judge}.url`,
  };
}

function filledIn(text: string): string {
  return text.replaceAll('{number}', '1234');
}
