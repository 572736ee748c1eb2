import { countTouched } from '../../instances/instance-rows.js';
import type { StoreCommit } from '../store.js';
import type { PackedCommit } from './commit-codec.js';

/** A commit as a scan comes to it. */
export interface ScannedCommit extends PackedCommit {
  /** Reads the whole of it, now or later. */
  readonly whole: () => StoreCommit;
}

/** A commit not read yet: most are left behind by others before a replay ends. */
interface Kept {
  readonly touched: number;
  readonly whole: () => StoreCommit;
}

/** Keeps the last commits of a replay, in order, up to a number of commits and of changes. */
export class RecentCommits {
  readonly #maxCommits: number;
  readonly #maxChanges: number;
  #commits: Kept[] = [];
  #first = 0;
  #changes = 0;

  constructor(maxCommits: number, maxChanges: number) {
    this.#maxCommits = maxCommits;
    this.#maxChanges = maxChanges;
  }

  push({ changes, whole }: ScannedCommit): void {
    const touched = countTouched(changes);
    this.#commits.push({ touched, whole });
    this.#changes += touched;
    while (this.#tooMany()) {
      this.#changes -= this.#commits[this.#first]?.touched ?? 0;
      this.#first++;
    }
    if (this.#first > this.#maxCommits) this.#compact();
  }

  list(): readonly StoreCommit[] {
    this.#compact();
    return this.#commits.map(({ whole }) => whole());
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
