import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { HeadframeError } from '../model/error.js';
import type { FieldViolation } from '../model/error.js';
import { REASONS } from '../model/reason.js';
import { checkSchema, readDocuments } from '../model/schema/index.js';

/** Why a file of an operator's is refused. */
export type OperatorFileReason = 'canary_file_invalid' | 'ssh_machines_invalid';

/** What a file is to hold, in words, and the reason where it does not. */
export interface OperatorFileTerms {
  readonly reason: OperatorFileReason;
  readonly holds: string;
}

/** Reads a file of one document that an operator writes. Throws `HeadframeError` (failed_precondition, the reason) with all that is wrong. */
export async function readOperatorFile<T>(
  path: string,
  schema: z.ZodType<T>,
  { reason, holds }: OperatorFileTerms,
): Promise<T> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw operatorFileInvalid(reason, `${path} cannot be read`, [], cause);
  });
  const { documents, violations } = readDocuments({ name: path, text });
  const [first] = documents;
  if (first === undefined || documents.length > 1 || violations.length > 0)
    throw operatorFileInvalid(reason, `${path} does not hold one document`, violations);
  const checked = checkSchema(schema, first.data);
  if ('violations' in checked) throw operatorFileInvalid(reason, `${path} holds no ${holds}`, checked.violations);
  return checked.value;
}

/** The refusal of such a file. */
export function operatorFileInvalid(
  reason: OperatorFileReason,
  message: string,
  violations: readonly FieldViolation[],
  cause?: unknown,
): HeadframeError {
  const told = violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ');
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason, message: told === '' ? message : `${message}: ${told}` },
    ...{ remedy: REASONS[reason].remedy, violations, cause },
  });
}
