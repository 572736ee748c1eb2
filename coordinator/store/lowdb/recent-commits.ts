import { countTouched } from '../../instances/instance-rows.js';
import type { StoreCommit } from '../store.js';

/** Keeps the last commits of a replay, in order, up to a number of commits and of changes. */
export class RecentCommits {
  readonly #maxCommits: number;
  readonly #maxChanges: number;
  #commits: StoreCommit[] = [];
  #first = 0;
  #changes = 0;

  constructor(maxCommits: number, maxChanges: number) {
    this.#maxCommits = maxCommits;
    this.#maxChanges = maxChanges;
  }

  push(commit: StoreCommit): void {
    this.#commits.push(commit);
    this.#changes += countTouched(commit.changes);
    while (this.#tooMany()) {
      this.#changes -= countTouched(this.#commits[this.#first]?.changes ?? []);
      this.#first++;
    }
    if (this.#first > this.#maxCommits) this.#compact();
  }

  list(): readonly StoreCommit[] {
    this.#compact();
    return this.#commits;
  }

  #tooMany(): boolean {
    const commits = this.#commits.length - this.#first;
    return commits > this.#maxCommits || (commits > 1 && this.#changes > this.#maxChanges);
  }

  #compact(): void {
    this.#commits = this.#commits.slice(this.#first);
    this.#first = 0;
  }
}
