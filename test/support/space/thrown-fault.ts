import { HeadframeError } from '../../../common/model/error.js';

/** What bytes were refused as; fails if they were not, or not with an error that says why. */
export function thrownFault(attempt: () => unknown): Readonly<Record<string, string>> {
  try {
    attempt();
  } catch (error) {
    if (error instanceof HeadframeError) return { reason: error.reason, ...error.metadata };
    throw error;
  }
  throw new Error('nothing was refused');
}
