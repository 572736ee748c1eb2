import type { HeadframeError } from '../common/model/error.js';

/** Reasons with which a fleet has changed something for the last time. */
const LAST: ReadonlySet<string> = new Set(['store_failed', 'not_leader']);

/** Whether nothing will be changed by this fleet any more: its store has failed, or its coordinator leads no more. Loops end upon it. */
export function isLastWord({ reason }: Pick<HeadframeError, 'reason'>): boolean {
  return LAST.has(reason);
}
