import { HeadframeError } from '../../common/model/error.js';

/** What a change is about is not there. */
export function missing(reason: string, what: string): HeadframeError {
  return new HeadframeError({ code: 'not_found', reason, message: `${what} does not exist` });
}

/** What is to go has instances: how many, or the serial of one. */
export function inUse(reason: string, what: string, by: number): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, message: `${what} has instances (${String(by)})` });
}
