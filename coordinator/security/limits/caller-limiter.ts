import type { Caller } from '../../../common/model/caller.js';
import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';

/** What one identity may ask. */
export interface CallerLimit {
  /** Calls a second in the long run; four seconds' worth may come at once. */
  readonly callsPerSecond: number;
  /** Calls that are open at once, streams among them. */
  readonly callsAtOnce: number;
}

/** What a person or program may ask, and what an agent may. */
export interface CallerLimits {
  readonly clients: CallerLimit;
  readonly agents: CallerLimit;
}

interface Account {
  /** Calls that may be made at once. */
  tokens: number;
  /** Monotonic milliseconds at which there were so many. */
  atMs: number;
  open: number;
}

/** Seconds whose calls may come at once. */
const BURST_SECONDS = 4;
/** Identities remembered that have no call open; a fleet of ten thousand hosts fits. Those forgotten begin anew. */
const MOST_IDLE = 16_384;

/**
 * Counts the calls of each identity: how often they come, and how many are open. It remembers those that have calls open,
 * of which the server bounds the number, and some that had.
 */
export class CallerLimiter {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: CallerLimits;
  readonly #active = new Map<string, Account>();
  /** The one that was idle longest comes first. */
  readonly #idle = new Map<string, Account>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: CallerLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many identities it remembers. */
  get size(): number {
    return this.#active.size + this.#idle.size;
  }

  /**
   * Counts a call; the answer is called once when it is over. Throws `HeadframeError` (resource_exhausted:
   * 'caller_rate_limited', 'caller_concurrency') for one too many.
   */
  enter({ role, name }: Pick<Caller, 'role' | 'name'>): () => void {
    const key = `${role} ${name}`;
    const limit = role === 'agent' ? this.#limits.agents : this.#limits.clients;
    const account = this.#accountOf(key, limit);
    if (account.open >= limit.callsAtOnce) throw tooManyOpen(limit);
    if (account.tokens < 1) throw tooFast(limit, account.tokens);
    account.tokens -= 1;
    account.open += 1;
    this.#idle.delete(key);
    this.#active.set(key, account);
    return () => {
      this.#leave(key, account);
    };
  }

  #accountOf(key: string, { callsPerSecond }: CallerLimit): Account {
    const atMs = this.#clock.monotonicMs();
    const full = callsPerSecond * BURST_SECONDS;
    const account = this.#active.get(key) ?? this.#idle.get(key) ?? { tokens: full, atMs, open: 0 };
    account.tokens = Math.min(full, account.tokens + ((atMs - account.atMs) / 1000) * callsPerSecond);
    account.atMs = atMs;
    return account;
  }

  #leave(key: string, account: Account): void {
    account.open -= 1;
    if (account.open > 0) return;
    this.#active.delete(key);
    this.#idle.set(key, account);
    const [oldest] = this.#idle.size > MOST_IDLE ? this.#idle.keys() : [];
    if (oldest !== undefined) this.#idle.delete(oldest);
  }
}

function tooFast({ callsPerSecond }: CallerLimit, tokens: number): HeadframeError {
  const seconds = String(Math.ceil((1 - tokens) / callsPerSecond));
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'caller_rate_limited',
    message: `more than ${String(callsPerSecond)} calls a second`,
    remedy: `Try again in ${seconds}s, and call less often: watch instead of asking again and again.`,
    metadata: { retryAfterSeconds: seconds },
  });
}

function tooManyOpen({ callsAtOnce }: CallerLimit): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'caller_concurrency',
    message: `${String(callsAtOnce)} calls of this identity are open already`,
    remedy: 'End some of them, then try again in 1s.',
    metadata: { retryAfterSeconds: '1' },
  });
}
