import type { CoordinatorRoute, NextTry } from '../../common/model/coordinator-route.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { AgentHello, InstanceReport } from '../../common/wire/agent.js';
import { learnCoordinators } from './learnt-coordinators.js';
import { Session } from './session.js';
import type { SessionParts } from './session-parts.js';

/** The parts the loop works with: a session's, and what it says first. */
export interface SessionLoopParts extends SessionParts {
  /** What the hello of a session that begins now says. */
  readonly hello: () => Promise<AgentHello>;
  /** The latest report of every assigned instance, to be told in a new session. */
  readonly reports: () => readonly InstanceReport[];
  /** Where to next when a session has ended; without it where it was. */
  readonly route?: CoordinatorRoute;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
// Another coordinator takes over within seconds.
const SOON_MS = 1_500;
// A session that lasted this long was a good one: the next failure backs off from the start.
const GOOD_SESSION_MS = 30_000;

/** Delay before try number `attempt` (from 1): doubling, with half of it random so that a fleet does not come at once. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
  return delayMs / 2 + random * (delayMs / 2);
}

/** Delay before the next try: what is spread is the many that come at once, to a leader or to one that is about to lead. */
function retryDelayMs(next: NextTry, failures: number, random: number): number {
  if (next === 'later') return reconnectDelayMs(failures, random);
  return next === 'now' ? random * FIRST_DELAY_MS : SOON_MS / 2 + random * SOON_MS;
}

/** Keeps one session with the coordinator open, again and again, until it is told to stop. */
export class SessionLoop {
  readonly #parts: SessionLoopParts;
  readonly #logger: Logger;
  #session: Session | undefined;
  #connectedSince: number | undefined;
  #toldReason = '';

  constructor(parts: SessionLoopParts) {
    this.#parts = parts;
    this.#logger = parts.logger;
  }

  /** Whether a session is accepted now. */
  get connected(): boolean {
    return this.#connectedSince !== undefined;
  }

  /** The session under way, for what is worth telling only now. */
  get current(): Session | undefined {
    return this.#session;
  }

  /** Queues a report and has it sent shortly, in this session or the next. */
  report(report: InstanceReport): void {
    this.#parts.outbox.put(report);
    this.#session?.flushSoon();
  }

  /** Ends the session under way for a new one, whose hello says what has changed. */
  renew(): void {
    this.#session?.renew();
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    let failures = 0;
    while (!ended()) {
      const error = toHeadframeError(await this.#runOnce(signal).catch((thrown: unknown) => thrown));
      const lastedMs = this.#lastedMs();
      if (ended()) return;
      // What the agent ends itself says nothing against the coordinator.
      const next = error.reason === 'session_renewed' ? 'later' : (this.#parts.route?.turn(error) ?? 'later');
      // One that is there and says whom to ask, or to wait, is no failure.
      if (next === 'later') failures = lastedMs >= GOOD_SESSION_MS ? 1 : failures + 1;
      const delayMs = retryDelayMs(next, failures, this.#parts.random());
      this.#tell(error, { failures, delayMs });
      await this.#parts.clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** Each reason is told once, and now and then as long as it lasts. */
  #tell({ reason, remedy, message }: HeadframeError, retry: { failures: number; delayMs: number }): void {
    const fields = { reason, remedy, retryMs: Math.round(retry.delayMs) };
    const isNew = reason !== this.#toldReason || retry.failures === 1;
    this.#toldReason = reason;
    if (isNew || retry.failures % 20 === 0) this.#logger.warn(fields, `no session with the coordinator: ${message}`);
    else this.#logger.debug(fields, message);
  }

  async #runOnce(signal: AbortSignal): Promise<never> {
    const hello = await this.#parts.hello();
    for (const report of this.#parts.reports()) this.#parts.outbox.put(report);
    const onAccepted: SessionParts['onAccepted'] = (terms) => {
      this.#connectedSince = this.#parts.clock.monotonicMs();
      this.#parts.route?.settled();
      this.#logger.info('connected to the coordinator');
      this.#parts.onAccepted(terms);
    };
    const onCoordinators = (told: readonly string[]): void => {
      const { route } = this.#parts;
      if (route !== undefined) learnCoordinators({ ...this.#parts, route }, told);
    };
    const session = new Session({ ...this.#parts, onAccepted, onCoordinators }, signal);
    this.#session = session;
    try {
      return await session.run(hello);
    } finally {
      this.#session = undefined;
    }
  }

  #lastedMs(): number {
    const since = this.#connectedSince;
    this.#connectedSince = undefined;
    return since === undefined ? 0 : this.#parts.clock.monotonicMs() - since;
  }
}
