import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HeadframeError } from '../../../../common/model/error.js';
import type { FieldViolation } from '../../../../common/model/error.js';
import { MODEL_TYPES } from '../../../../common/model/model-spec.js';
import { REASONS } from '../../../../common/model/reason.js';
import { checkSchema, readDocuments, strictObject } from '../../../../common/model/schema/index.js';
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
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalid(`${path} cannot be read`, [], cause);
  });
  const { documents, violations } = readDocuments({ name: path, text });
  const [first] = documents;
  if (first === undefined || documents.length > 1 || violations.length > 0)
    throw invalid(`${path} does not hold one document`, violations);
  const checked = checkSchema(file, first.data);
  if ('violations' in checked) throw invalid(`${path} holds no prompts to ask`, checked.violations);
  const { canaries } = checked.value;
  const lacking = canaries.flatMap(({ judge }, at) => (hasJudge(judge, endpoints) ? [] : [lackOf(judge, at)]));
  if (lacking.length > 0) throw invalid(`${path} asks for judges that are not configured`, lacking);
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

function invalid(message: string, violations: readonly FieldViolation[], cause?: unknown): HeadframeError {
  const reason = 'canary_file_invalid';
  const told = violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ');
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason, message: told === '' ? message : `${message}: ${told}` },
    ...{ remedy: REASONS[reason].remedy, violations, cause },
  });
}
