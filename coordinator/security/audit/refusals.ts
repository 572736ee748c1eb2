import { NO_CREDENTIAL } from '../../../common/model/caller.js';
import { CONNECTION } from './connections.js';
import type { AuditFacts } from './entry.js';

/** Refusals of each crowd that are recorded one by one within a minute; what comes beyond is counted. */
const ONE_BY_ONE = 10;
/** In milliseconds. */
const WINDOW_MS = 60_000;
/** Kinds of refusals that are counted apart; the codes and reasons are few. */
const KINDS = 48;
/** Reason of those that no longer are. */
const OTHER = 'other';

/**
 * A moment's refusals: some one by one, the rest as counts, so that a stranger cannot fill the disk. Each crowd has its own
 * share: those who only knock hide nobody who is known.
 */
export class Refusals {
  #sinceMs = -Infinity;
  readonly #seen = new Map<string, number>();
  readonly #counts = new Map<string, AuditFacts>();

  /** Takes a refusal at this monotonic time; answers what is to be recorded now. */
  take(facts: AuditFacts, monotonicMs: number): readonly AuditFacts[] {
    const due = monotonicMs >= this.#sinceMs + WINDOW_MS ? this.#begin(monotonicMs) : [];
    const crowd = crowdOf(facts);
    const seen = (this.#seen.get(crowd) ?? 0) + 1;
    this.#seen.set(crowd, seen);
    if (seen <= ONE_BY_ONE) return [...due, facts];
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

  #begin(monotonicMs: number): readonly AuditFacts[] {
    this.#sinceMs = monotonicMs;
    this.#seen.clear();
    return this.flush();
  }

  #count(facts: AuditFacts): void {
    const { atMs, role, outcome, method } = facts;
    const own = `${crowdOf(facts)} ${role} ${outcome} ${facts.reason}`;
    const isApart = this.#counts.has(own) || this.#counts.size < KINDS;
    const [kind, reason] = isApart ? [own, facts.reason] : [`${crowdOf(facts)} ${role} ${outcome}`, OTHER];
    const gathered = { name: '', credential: '', peer: '', target: '', requestId: '' };
    const what = { atMs, role, outcome, reason, method: method === CONNECTION ? CONNECTION : '' };
    this.#counts.set(kind, { ...gathered, ...what, count: (this.#counts.get(kind)?.count ?? 0) + 1 });
  }
}

/** Whom a refusal says something of: a connection, somebody unknown, or somebody known. */
function crowdOf({ method, credential }: AuditFacts): string {
  if (method === CONNECTION) return CONNECTION;
  return credential === '' || credential === NO_CREDENTIAL ? 'unknown' : 'known';
}
