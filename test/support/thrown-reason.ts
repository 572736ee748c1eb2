import { HeadframeError } from '../../common/model/error.js';

/** The reason of what a function throws; undefined when it throws nothing. What is no HeadframeError is thrown on. */
export function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof HeadframeError) return error.reason;
    throw error;
  }
}
