import type { HeadframeError } from '../../common/model/error.js';
import type { LeaseHolder } from './lease-entry.js';
import type { Term } from './term.js';

/** One coordinator in the contest for leadership, as those see it who act for it. */
export interface Contest {
  /** Who leads as far as is known here. */
  readonly leader: LeaseHolder | undefined;
  /** Why it does not stand; undefined while it does. */
  readonly hindrance: HeadframeError | undefined;
  /** Has it not stand from now on, and hand over where it leads; with nothing it stands again. */
  hinder(why: HeadframeError | undefined): void;
  /** Stands for leadership until the signal; then a term that was not ended holds no more. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** The next term that is won here, to be asked for when nothing acts for an earlier one. Rejects with the signal's reason, and with why the contest cannot go on. */
  nextTerm(signal: AbortSignal): Promise<Term>;
  /**
   * Ends a term, once nothing acts for it any more, and gives the lease back so that another may lead at once; stands again
   * itself, but later than the others where it `rests`.
   */
  end(term: Term, rests: boolean): Promise<void>;
}
