import { HeadframeError } from '../../common/model/error.js';
import type { Leadership } from './leadership.js';
import type { LeaseHolder } from './lease-entry.js';
import type { Term } from './term.js';
import type { FromThread, ToThread } from './thread-messages.js';

/** The contest as the thread has it that keeps the lease: does what it is told, and tells what has come of it. */
export class ThreadSide {
  readonly #contest: Leadership;
  readonly #tell: (message: FromThread) => void;
  readonly #over = new AbortController();
  #term: Term | undefined;
  #terms = 0;
  #told: LeaseHolder | undefined;

  /** `contest` calls `changed` at each change. */
  constructor(contest: Leadership, tell: (message: FromThread) => void) {
    this.#contest = contest;
    this.#tell = tell;
  }

  /** Tells what is new. */
  readonly changed = (): void => {
    const { leader, term } = this.#contest;
    if (term !== undefined && term !== this.#term) this.#won(term);
    if (isSame(leader, this.#told)) return;
    this.#told = leader;
    this.#tell({ kind: 'leader', holder: leader });
  };

  /** Does what it is told; all but the end of the thread. */
  hear(message: Exclude<ToThread, { readonly kind: 'close' }>): void {
    switch (message.kind) {
      case 'run':
        void this.#contest.run(this.#over.signal).then(() => {
          this.#tell({ kind: 'stopped' });
        });
        return;
      case 'stop':
        this.#over.abort();
        return;
      case 'hinder':
        this.#contest.hinder(message.why && new HeadframeError(message.why));
        return;
      case 'end':
        void this.#end(message.term, message.rests);
    }
  }

  #won(term: Term): void {
    this.#term = term;
    this.#terms += 1;
    const number = this.#terms;
    this.#tell({ kind: 'term', term: number, memory: term.memory });
    void term.lost.then((why) => {
      this.#tell({ kind: 'lost', term: number, why });
    });
  }

  async #end(number: number, rests: boolean): Promise<void> {
    if (number === this.#terms && this.#term !== undefined) await this.#contest.end(this.#term, rests);
    this.#tell({ kind: 'ended', term: number });
  }
}

function isSame(one: LeaseHolder | undefined, other: LeaseHolder | undefined): boolean {
  return one?.id === other?.id && one?.address === other?.address && one?.takesForwarded === other?.takesForwarded;
}
