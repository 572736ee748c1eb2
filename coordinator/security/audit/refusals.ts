import type { AuditFacts } from './entry.js';

/** Refused calls that are recorded one by one within a minute; what comes beyond is counted. */
const ONE_BY_ONE = 10;
/** In milliseconds. */
const WINDOW_MS = 60_000;
/** Kinds of refusals that are counted apart; the codes and reasons are few. */
const KINDS = 16;

/** A moment's refused calls: some one by one, the rest as counts, so that a stranger cannot fill the disk. */
export class Refusals {
  #sinceMs = -Infinity;
  #seen = 0;
  readonly #counts = new Map<string, AuditFacts>();

  /** Takes a refused call at this monotonic time; answers what is to be recorded now. */
  take(facts: AuditFacts, monotonicMs: number): readonly AuditFacts[] {
    const due = monotonicMs >= this.#sinceMs + WINDOW_MS ? this.flush() : [];
    if (monotonicMs >= this.#sinceMs + WINDOW_MS) [this.#sinceMs, this.#seen] = [monotonicMs, 0];
    this.#seen++;
    if (this.#seen <= ONE_BY_ONE) return [...due, facts];
    this.#count(facts);
    return due;
  }

  /** Milliseconds until what was counted is to be recorded; undefined when nothing was. */
  dueInMs(monotonicMs: number): number | undefined {
    return this.#counts.size === 0 ? undefined : Math.max(0, this.#sinceMs + WINDOW_MS - monotonicMs);
  }

  /** What was counted, which begins again from 0. */
  flush(): readonly AuditFacts[] {
    const counted = [...this.#counts.values()];
    this.#counts.clear();
    return counted;
  }

  #count({ atMs, role, outcome, reason }: AuditFacts): void {
    const kind = this.#counts.size < KINDS ? `${role} ${outcome} ${reason}` : 'other';
    const before = this.#counts.get(kind);
    const gathered = { name: '', credential: '', peer: '', method: '', target: '', requestId: '' };
    this.#counts.set(kind, { ...gathered, ...{ atMs, role, outcome, reason }, count: (before?.count ?? 0) + 1 });
  }
}
