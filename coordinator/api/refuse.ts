import { HeadframeError } from '../../common/model/error.js';
import type { FieldViolation } from '../../common/model/error.js';

/** A request that is refused for its values. */
export function invalidRequest(...violations: FieldViolation[]): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'request_invalid',
    message: violations.map(({ path, expected }) => `${path}: expected ${expected}`).join('; '),
    violations,
  });
}
