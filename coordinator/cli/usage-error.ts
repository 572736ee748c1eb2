import { HeadframeError } from '../../common/model/error.js';

/** The error for a command that was given wrongly; ends the program with exit code 2. */
export function usageError(reason: string, message: string, remedy?: string): HeadframeError {
  return new HeadframeError({ code: 'invalid_argument', reason, message, ...(remedy === undefined ? {} : { remedy }) });
}
