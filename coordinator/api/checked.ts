import type { z } from 'zod';
import { checkSchema } from '../../common/model/schema/index.js';
import { invalidRequest } from './refuse.js';

/** A request's values as the schema makes them. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = checkSchema(schema, value);
  if ('value' in result) return result.value;
  throw invalidRequest(...result.violations);
}
