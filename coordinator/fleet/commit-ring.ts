import { HeadframeError } from '../../common/model/error.js';
import { countTouched } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';

/** The latest durable commits, bounded by the changes and events in them; the last commit is always kept. */
export class CommitRing {
  readonly #limit: number;
  #commits: StoreCommit[] = [];
  #head = 0;
  #weight = 0;
  #lastRevision: number;

  /** Keeps commits with at most `limit` changes and events; the next one to come follows `lastRevision`. */
  constructor(limit: number, lastRevision: number) {
    this.#limit = limit;
    this.#lastRevision = lastRevision;
  }

  /** Takes the commits that the store still had, unless they do not lead up to where the ring begins. */
  seed(recent: readonly StoreCommit[]): void {
    const first = this.#lastRevision - recent.length + 1;
    if (!recent.every((commit, index) => commit.revision === first + index)) return;
    for (const commit of recent) this.push(commit);
  }

  /** Adds the next commit and drops the oldest beyond the limit. */
  push(commit: StoreCommit): void {
    this.#commits.push(commit);
    this.#lastRevision = commit.revision;
    this.#weight += weigh(commit);
    for (let oldest = this.#commits[this.#head]; this.#weight > this.#limit; oldest = this.#commits[this.#head]) {
      if (oldest === undefined || oldest === commit) break;
      this.#weight -= weigh(oldest);
      this.#head += 1;
    }
    // Cutting off the dropped half at once keeps adding cheap.
    if (this.#head > 64 && this.#head * 2 > this.#commits.length) {
      this.#commits = this.#commits.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The commit after `revision`, undefined when it has yet to come. Throws `HeadframeError` (out_of_range) when it is no longer kept. */
  after(revision: number): StoreCommit | undefined {
    const kept = this.#commits.length - this.#head;
    const index = kept - (this.#lastRevision - revision);
    if (index < 0) throw compacted(revision, this.#lastRevision - kept);
    return this.#commits[this.#head + index];
  }
}

function weigh(commit: StoreCommit): number {
  return 1 + countTouched(commit.changes) + commit.events.length;
}

/** The answer to a watch that asks for what is not there any more, or never was. */
export function compacted(revision: number, oldest: number): HeadframeError {
  return new HeadframeError({
    code: 'out_of_range',
    reason: 'revision_compacted',
    message: `changes after revision ${String(revision)} are not kept`,
    remedy: 'List again and watch from the revision of the list.',
    metadata: { oldest: String(oldest) },
  });
}
