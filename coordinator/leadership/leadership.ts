import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { HeadframeError } from '../../common/model/error.js';
import { Nap } from '../../common/model/nap.js';
import type { Logger } from '../../common/observe/logger.js';
import {
  contender,
  holderOf,
  lapsed,
  nextStep,
  observed,
  releasable,
  sending,
  settled,
  steppedDown,
  unread,
} from './contender.js';
import type { Contender, ContenderTerms, WriteOutcome } from './contender.js';
import type { Contest } from './contest.js';
import type { LeaseBucket } from './lease-bucket.js';
import type { LeaseEntry, LeaseHolder } from './lease-entry.js';
import { leaseTimes } from './lease-terms.js';
import { OwnTerm } from './own-term.js';
import { Term } from './term.js';

/** What the contest for leadership needs. */
export interface LeadershipParts {
  readonly bucket: LeaseBucket;
  readonly me: LeaseHolder;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'debug'>;
  /** Whether what acts for a term gives no sign of life. */
  readonly isHung?: () => boolean;
  /** Told whenever a term was won, or another may lead than before. */
  readonly onChange?: () => void;
}

/** Whoever steps down lets others go first for so many lengths of the lease. */
const REST_LEASES = 2;

/**
 * Keeps one coordinator in the contest for leadership: decides nothing itself, does what `nextStep` says, one thing at a time.
 * A term that it has won is over by itself once its lease may have ended, whether this loop runs or stands still.
 */
export class Leadership implements Contest {
  readonly #parts: LeadershipParts;
  readonly #terms: ContenderTerms;
  readonly #ttlMs: number;
  #one: Contender;
  readonly #own = new OwnTerm();
  readonly #nap = new Nap();
  #isAnswered = true;
  #toldLeader = '';
  #hindrance: HeadframeError | undefined;

  /** `ttlMs` is the length of the lease. */
  constructor(parts: LeadershipParts, ttlMs: number) {
    this.#parts = parts;
    this.#ttlMs = ttlMs;
    this.#terms = { id: parts.me.id, times: leaseTimes(ttlMs) };
    this.#one = contender(parts.clock.bootMs());
  }

  get leader(): LeaseHolder | undefined {
    if (this.term?.held() === true) return this.#parts.me;
    const holder = holderOf(this.#one);
    // What stands there of its own is of a term that is over; who moves the store holds the lease so that nobody leads.
    return holder?.id === this.#parts.me.id || holder?.address === '' ? undefined : holder;
  }

  /** The term that it has won and that was not ended. */
  get term(): Term | undefined {
    return this.#own.current;
  }

  get hindrance(): HeadframeError | undefined {
    return this.#hindrance;
  }

  hinder(why: HeadframeError | undefined): void {
    this.#hindrance = why;
    if (why !== undefined) this.term?.ask();
    this.#nap.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const watching = this.#watch(signal);
    const ended = (): boolean => signal.aborted;
    while (!ended()) await this.#look(signal);
    this.term?.end('stepped_down');
    await watching;
  }

  nextTerm(signal: AbortSignal): Promise<Term> {
    return this.#own.next(
      signal,
      () => undefined,
      (term) => this.end(term, false),
    );
  }

  async end(term: Term, rests: boolean): Promise<void> {
    if (this.term !== term) return;
    term.end('stepped_down');
    this.#one = steppedDown(this.#one);
    if (!(await this.#giveBack())) this.#parts.logger.debug('the lease of leadership was not given back: it runs out');
    this.#own.set(undefined);
    this.#one = contender(this.#nowMs(), this.#one, rests ? REST_LEASES * this.#ttlMs : 0);
    this.#parts.onChange?.();
    this.#nap.wake();
  }

  /** A renewal may have been under way, whose answer tells the revision only now: then what stands there is read first. */
  async #giveBack(): Promise<boolean> {
    const { bucket } = this.#parts;
    for (let tries = 0; tries < 2; tries += 1) {
      const revision = releasable(this.#one, this.#terms);
      if (revision === undefined) return false;
      const given = await this.#answer(bucket.write('released', revision));
      if (given !== 'conflict') return typeof given === 'number';
      const entry = await this.#answer(bucket.read());
      if (entry === undefined) return false;
      this.#one = observed(contender(this.#nowMs(), this.#one, Infinity), entry, this.#nowMs(), this.#terms);
    }
    return false;
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#one = lapsed(this.#one, this.#nowMs());
    // Else the lease of a term that is over would be renewed, for nobody.
    if (this.term?.held() === false) this.#one = steppedDown(this.#one);
    const isHindered = this.#hindrance !== undefined;
    const isHung = this.#parts.isHung?.() === true;
    const step = nextStep(this.#one, this.#nowMs(), { ...this.#terms, isHindered, isHung });
    this.#follow();
    switch (step.kind) {
      case 'read':
        await this.#read();
        return;
      case 'write':
        await this.#write(step.revision);
        return;
      case 'wait':
        await this.#sleep(step.untilMs - this.#nowMs(), signal);
        return;
      case 'end':
        // Looks on, but does not stand before what acted for the term has ended.
        this.#one = contender(this.#nowMs(), this.#one, Infinity);
        return;
    }
  }

  async #read(): Promise<void> {
    const entry = await this.#answer(this.#parts.bucket.read());
    if (entry === undefined) this.#one = unread(this.#one, this.#nowMs(), this.#terms);
    else this.#observe(entry);
  }

  async #write(revision: number): Promise<void> {
    // The clock is read before, so that it tells no later time than when the write leaves.
    this.#one = sending(this.#one, this.#nowMs());
    const { attempts: attempt } = this.#one;
    const answer = await this.#answer(this.#parts.bucket.write({ ...this.#parts.me, attempt }, revision));
    const outcome: WriteOutcome = typeof answer === 'number' ? { revision: answer } : (answer ?? 'unknown');
    this.#one = settled(this.#one, { attempt, outcome }, this.#nowMs(), this.#terms);
    this.#follow();
  }

  #observe(entry: LeaseEntry): void {
    this.#one = observed(this.#one, entry, this.#nowMs(), this.#terms);
    this.#follow();
  }

  /** Has the term be what the contender has come to be. */
  #follow(): void {
    const { standing } = this.#one;
    const { logger, me } = this.#parts;
    if (standing.role === 'lost') this.term?.end(standing.why);
    if (standing.role === 'leader') {
      if (this.term === undefined) this.#begin(standing.heldUntilMs);
      else this.term.extend(standing.heldUntilMs);
    }
    this.#parts.onChange?.();
    const leader = this.leader?.address ?? '';
    if (leader === this.#toldLeader) return;
    this.#toldLeader = leader;
    if (leader !== me.address) logger.info({ leader: leader === '' ? 'none' : leader }, 'another coordinator leads');
  }

  #begin(heldUntilMs: number): void {
    const { clock, logger, me } = this.#parts;
    const term = new Term(clock, heldUntilMs);
    // It was kept from standing while the write that won was under way.
    if (this.#hindrance !== undefined) term.ask();
    logger.info({ leader: me.address }, 'this coordinator leads');
    this.#own.set(term);
  }

  /** What was answered in time; undefined where nobody knows. */
  async #answer<T>(asked: Promise<T>): Promise<T | undefined> {
    const over = new AbortController();
    const late = this.#parts.clock.sleep(this.#terms.times.answerMs, over.signal).catch(() => undefined);
    try {
      const answer = await Promise.race([asked.catch((error: unknown) => this.#tellAbsence(error)), late]);
      if (answer === undefined) return undefined;
      this.#isAnswered = true;
      return answer;
    } finally {
      over.abort();
    }
  }

  #tellAbsence(error: unknown): undefined {
    const { message, reason } = toHeadframeError(error);
    if (this.#isAnswered) this.#parts.logger.warn({ reason }, `the lease of leadership cannot be reached: ${message}`);
    this.#isAnswered = false;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    const onEntry = (entry: LeaseEntry): void => {
      this.#observe(entry);
      this.#nap.wake();
    };
    while (!ended()) {
      await this.#parts.bucket.watch(onEntry, signal).catch((error: unknown) => this.#tellAbsence(error));
      await this.#parts.clock.sleep(this.#terms.times.renewMs, signal).catch(() => undefined);
    }
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    // Even what waits for ever is looked at: a lease ends by a clock that goes on while timers stand still.
    const atMost = Math.min(Math.max(1, ms), this.#terms.times.renewMs);
    return this.#nap.take(this.#parts.clock, atMost, signal);
  }

  #nowMs(): number {
    return this.#parts.clock.bootMs();
  }
}
