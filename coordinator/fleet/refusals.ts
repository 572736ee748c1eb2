import { HeadframeError } from '../../common/model/error.js';

/** Reasons with which a fleet has changed something for the last time. */
const LAST: ReadonlySet<string> = new Set(['store_failed', 'not_leader']);

/** Whether nothing will be changed by this fleet any more: its store has failed, or its coordinator leads no more. Loops end upon it. */
export function isLastWord({ reason }: Pick<HeadframeError, 'reason'>): boolean {
  return LAST.has(reason);
}

/** What a change is about is not there. */
export function missing(reason: string, what: string): HeadframeError {
  return new HeadframeError({ code: 'not_found', reason, message: `${what} does not exist` });
}

/** What is to go has instances: how many, or the serial of one. */
export function inUse(reason: string, what: string, by: number): HeadframeError {
  return new HeadframeError({ code: 'failed_precondition', reason, message: `${what} has instances (${String(by)})` });
}
