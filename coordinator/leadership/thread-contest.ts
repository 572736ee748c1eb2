import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Contest } from './contest.js';
import { HeldUntil } from './held-until.js';
import type { LeaseHolder } from './lease-entry.js';
import type { SignOfLife } from './life.js';
import { OwnTerm } from './own-term.js';
import { Term } from './term.js';
import { factsOf } from './thread-messages.js';
import type { FromThread, ToThread } from './thread-messages.js';

/** A thread that keeps the lease. */
export interface LeaseThread {
  send(message: ToThread): void;
  /** Who hears what it tells, in order, and once that it has ended, by itself or not; called before anything is sent. */
  listen(onMessage: (message: FromThread) => void, onEnd: (why: Error | undefined) => void): void;
  /** Ends it, whatever it does; resolves once it has ended. */
  terminate(): Promise<void>;
}

/** What the contest takes from its process. */
interface ThreadContestParts {
  readonly me: LeaseHolder;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  readonly life: Pick<SignOfLife, 'give'>;
}

/** Between two signs of life, in milliseconds. */
const LIFE_MS = 1_000;
/** The thread waits for NATS no longer than for some lengths of the lease, and then answers within this time. */
const PATIENCE = { leases: 2, ms: 5_000 } as const;

/**
 * The contest for leadership in a thread of its own, where renewals go on while this thread is busy. Whether a term is held is read
 * from memory that both share, by the clock of whoever asks, so that it is as exact as if both were one thread.
 */
export class ThreadContest implements Contest {
  readonly #thread: LeaseThread;
  readonly #parts: ThreadContestParts;
  readonly #patienceMs: number;
  readonly #own = new OwnTerm();
  readonly #waiting = new Map<FromThread['kind'], () => void>();
  readonly #opening: Promise<void>;
  #settleOpening: (refusal: HeadframeError | undefined) => void = () => undefined;
  #number = 0;
  #told: LeaseHolder | undefined;
  #hindrance: HeadframeError | undefined;
  #failure: HeadframeError | undefined;
  #isClosing = false;
  #onEnd: () => void = () => undefined;
  #stopLife: () => void = () => undefined;

  /** Of a thread that was just started; `ttlMs` is the length of the lease. */
  constructor(thread: LeaseThread, parts: ThreadContestParts, ttlMs: number) {
    this.#thread = thread;
    this.#parts = parts;
    this.#patienceMs = PATIENCE.leases * ttlMs + PATIENCE.ms;
    this.#opening = new Promise((resolve, reject) => {
      this.#settleOpening = (refusal) => {
        if (refusal === undefined) resolve();
        else reject(refusal);
      };
    });
    thread.listen(
      (message) => this.#hear(message),
      (why) => this.#ended(why),
    );
    this.#live();
  }

  /** Resolves once the thread takes part. Throws `HeadframeError` why it cannot; then it is to be closed. */
  opened(): Promise<void> {
    return this.#opening;
  }

  get leader(): LeaseHolder | undefined {
    if (this.#own.current?.held() === true) return this.#parts.me;
    return this.#told?.id === this.#parts.me.id ? undefined : this.#told;
  }

  get hindrance(): HeadframeError | undefined {
    return this.#hindrance;
  }

  hinder(why: HeadframeError | undefined): void {
    this.#hindrance = why;
    if (why !== undefined) this.#own.current?.ask();
    this.#send({ kind: 'hinder', why: why && factsOf(why) });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#send({ kind: 'run' });
    await this.#until(signal);
    this.#own.current?.end('stepped_down');
    await this.#ask({ kind: 'stop' }, 'stopped');
  }

  nextTerm(signal: AbortSignal): Promise<Term> {
    const look = (): void => {
      if (this.#failure !== undefined) throw this.#failure;
    };
    return this.#own.next(signal, look, (term) => this.end(term, false));
  }

  async end(term: Term, rests: boolean): Promise<void> {
    if (this.#own.current !== term) return;
    term.end('stepped_down');
    await this.#ask({ kind: 'end', term: this.#number, rests }, 'ended');
    if (this.#own.current === term) this.#own.set(undefined);
  }

  /** Ends the thread, and its connection to NATS. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#stopLife();
    this.#own.current?.end('stepped_down');
    const ended = new Promise<void>((resolve) => (this.#onEnd = resolve));
    this.#send({ kind: 'close' });
    if (this.#failure === undefined) await this.#within(ended);
    await this.#thread.terminate();
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'log':
        this.#parts.logger[message.level](message.fields, message.text);
        return;
      case 'opened':
        this.#settleOpening(undefined);
        return;
      case 'refused':
        this.#settleOpening(new HeadframeError(message.why));
        return;
      case 'leader':
        this.#told = message.holder;
        return;
      case 'term':
        this.#begin(message.term, message.memory);
        return;
      case 'lost':
        if (message.term === this.#number) this.#own.current?.end(message.why);
        return;
      case 'ended':
      case 'stopped':
        this.#waiting.get(message.kind)?.();
    }
  }

  #begin(number: number, memory: SharedArrayBuffer): void {
    const term = new Term(this.#parts.clock, new HeldUntil(memory));
    // It was kept from standing while the term was being won.
    if (this.#hindrance !== undefined) term.ask();
    this.#number = number;
    this.#own.set(term);
  }

  /** Has it done by the thread; one that does not answer in time is as good as gone. */
  async #ask(message: ToThread, answer: 'ended' | 'stopped'): Promise<void> {
    if (this.#failure !== undefined) return;
    const answered = new Promise<void>((resolve) => this.#waiting.set(answer, resolve));
    this.#send(message);
    if (!(await this.#within(answered))) this.#ended(new Error(`no answer within ${String(this.#patienceMs)} ms`));
    this.#waiting.delete(answer);
  }

  #send(message: ToThread): void {
    if (this.#failure === undefined) this.#thread.send(message);
  }

  /** The thread is gone, and with it what it held. */
  #ended(why: Error | undefined): void {
    this.#onEnd();
    if (this.#isClosing || this.#failure !== undefined) return;
    const message = `the thread that keeps the lease of leadership has ended: ${why?.message ?? 'without a reason'}`;
    const remedy = 'The service manager starts this coordinator again, and it follows.';
    this.#failure = new HeadframeError({ code: 'internal', reason: 'lease_thread_lost', message, remedy, cause: why });
    this.#parts.logger.error({ err: this.#failure }, message);
    this.#stopLife();
    this.#own.current?.end('thread_lost');
    this.#settleOpening(this.#failure);
    for (const settle of this.#waiting.values()) settle();
    this.#own.wake();
  }

  #live(): void {
    this.#parts.life.give();
    this.#stopLife = this.#parts.clock.setTimer(() => this.#live(), LIFE_MS);
  }

  /** Whether it is done in time. */
  async #within(done: Promise<void>): Promise<boolean> {
    const over = new AbortController();
    const late = this.#parts.clock.sleep(this.#patienceMs, over.signal).then(
      () => false,
      () => true,
    );
    const isDone = await Promise.race([done.then(() => true), late]);
    over.abort();
    return isDone;
  }

  #until(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }
}
