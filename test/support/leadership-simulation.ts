import {
  contender,
  isHeld,
  lapsed,
  nextStep,
  observed,
  sending,
  settled,
  unread,
} from '../../coordinator/leadership/contender.js';
import type { Contender, ContenderTerms } from '../../coordinator/leadership/contender.js';
import type { LeaseEntry, LeaseValue } from '../../coordinator/leadership/lease-entry.js';
import { leaseTimes } from '../../coordinator/leadership/lease-terms.js';

/** What goes wrong in a contest, and how much. */
export interface ContestFaults {
  readonly contenders: number;
  readonly ttlMs: number;
  /** Of messages, either way, from 0 to 1. */
  readonly lossShare: number;
  readonly longestDelayMs: number;
  /** Of reads that are answered by a server that is behind. */
  readonly staleShare: number;
  /** Of looks at which a contender's process stands still for up to three leases. */
  readonly stopShare: number;
  /** Relative to true time, most. */
  readonly drift: number;
}

/** What came of a contest. */
export interface ContestOutcome {
  /** True times at which two held at once. */
  readonly doubles: readonly number[];
  /** How often somebody became leader. */
  readonly terms: number;
  /** True time at which somebody held, in the last part without faults; undefined where nobody did. */
  readonly calmLeaderAtMs: number | undefined;
}

interface Rival {
  one: Contender;
  readonly terms: ContenderTerms;
  readonly localMs: (trueMs: number) => number;
  /** Its process stands still until then. */
  stoppedUntilMs: number;
  isBusy: boolean;
  operation: number;
}

/** A contest in simulated time: contenders of the real kind, and a bucket, a network, clocks and a scheduler that are not. */
export class Contest {
  readonly #faults: ContestFaults;
  readonly #random: () => number;
  readonly #queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  readonly #history: LeaseEntry[] = [{ revision: 0, value: undefined }];
  readonly #rivals: readonly Rival[];
  readonly #doubles: number[] = [];
  #nowMs = 0;
  #order = 0;
  #isCalm = false;
  #terms = 0;
  #calmLeaderAtMs: number | undefined;

  constructor(faults: ContestFaults, random: () => number) {
    this.#faults = faults;
    this.#random = random;
    this.#rivals = Array.from({ length: faults.contenders }, (_, index) => {
      const rate = 1 + (random() * 2 - 1) * faults.drift;
      const offsetMs = Math.floor(random() * 1e9);
      // As coarse as the clock that is used.
      const localMs = (trueMs: number): number => Math.floor((offsetMs + rate * trueMs) / 10) * 10;
      const terms = { id: `id-${String(index)}`, times: leaseTimes(faults.ttlMs) };
      return { one: contender(localMs(0)), terms, localMs, stoppedUntilMs: 0, isBusy: false, operation: 0 };
    });
  }

  /** Runs with faults for some time, then without for six leases. */
  run(faultyMs: number): ContestOutcome {
    for (const rival of this.#rivals) this.#at(0, () => this.#look(rival));
    this.#until(faultyMs);
    this.#isCalm = true;
    this.#until(faultyMs + 6 * this.#faults.ttlMs);
    return { doubles: this.#doubles, terms: this.#terms, calmLeaderAtMs: this.#calmLeaderAtMs };
  }

  #until(endMs: number): void {
    for (;;) {
      this.#queue.sort((a, b) => b.atMs - a.atMs || b.order - a.order);
      const next = this.#queue.at(-1);
      if (next === undefined || next.atMs > endMs) break;
      this.#queue.pop();
      this.#nowMs = next.atMs;
      next.run();
      this.#judge();
    }
    this.#nowMs = endMs;
  }

  #judge(): void {
    const holders = this.#rivals.filter(({ one, localMs }) => isHeld(one, localMs(this.#nowMs)));
    if (holders.length > 1) this.#doubles.push(this.#nowMs);
    if (this.#isCalm && holders.length === 1) this.#calmLeaderAtMs ??= this.#nowMs;
  }

  #at(atMs: number, run: () => void): void {
    this.#order += 1;
    this.#queue.push({ atMs, order: this.#order, run });
  }

  /** Something befalls a process: at once, or when it goes on. */
  #inProcess(rival: Rival, atMs: number, run: () => void): void {
    this.#at(atMs, () => {
      if (this.#nowMs < rival.stoppedUntilMs) this.#inProcess(rival, rival.stoppedUntilMs, run);
      else run();
    });
  }

  #look(rival: Rival): void {
    if (rival.isBusy) return;
    if (!this.#isCalm && this.#random() < this.#faults.stopShare)
      rival.stoppedUntilMs = this.#nowMs + this.#random() * 3 * this.#faults.ttlMs;
    const nowMs = rival.localMs(this.#nowMs);
    rival.one = lapsed(rival.one, nowMs);
    const step = nextStep(rival.one, nowMs, rival.terms);
    if (step.kind === 'end') rival.one = contender(nowMs, rival.one);
    if (step.kind === 'wait')
      this.#inProcess(rival, this.#nowMs + Math.max(10, step.untilMs - nowMs), () => this.#look(rival));
    else if (step.kind === 'end') this.#inProcess(rival, this.#nowMs + 10, () => this.#look(rival));
    else if (step.kind === 'read') this.#read(rival);
    else this.#write(rival, step.revision);
  }

  #read(rival: Rival): void {
    this.#ask(rival, () => this.#readEntry(), {
      answered: (entry) => this.#observe(rival, entry),
      unanswered: () => {
        rival.one = unread(rival.one, rival.localMs(this.#nowMs), rival.terms);
      },
    });
  }

  #write(rival: Rival, revision: number): void {
    rival.one = sending(rival.one, rival.localMs(this.#nowMs));
    const attempt = rival.one.attempts;
    const settle = (outcome: Parameters<typeof settled>[1]['outcome']): void => {
      const wasLeader = rival.one.standing.role === 'leader';
      rival.one = settled(rival.one, { attempt, outcome }, rival.localMs(this.#nowMs), rival.terms);
      if (!wasLeader && rival.one.standing.role === 'leader') this.#terms += 1;
    };
    const value = { id: rival.terms.id, address: '', attempt };
    this.#ask(rival, () => this.#store(value, revision), { answered: settle, unanswered: () => settle('unknown') });
  }

  #observe(rival: Rival, entry: LeaseEntry): void {
    rival.one = observed(rival.one, entry, rival.localMs(this.#nowMs), rival.terms);
  }

  #readEntry(): LeaseEntry {
    const isStale = !this.#isCalm && this.#random() < this.#faults.staleShare;
    const behind = isStale ? Math.floor(this.#random() * 4) : 0;
    return this.#history[Math.max(0, this.#history.length - 1 - behind)] ?? { revision: 0, value: undefined };
  }

  #store(value: LeaseValue, revision: number): { revision: number } | 'conflict' {
    const last = this.#history.at(-1)?.revision ?? 0;
    if (last !== revision) return 'conflict';
    const entry = { revision: last + 1 + Math.floor(this.#random() * 3), value };
    this.#history.push(entry);
    for (const rival of this.#rivals)
      if (!this.#isLost()) this.#inProcess(rival, this.#nowMs + this.#delayMs(), () => this.#watch(rival, entry));
    return { revision: entry.revision };
  }

  #watch(rival: Rival, entry: LeaseEntry): void {
    const wasLeader = rival.one.standing.role === 'leader';
    this.#observe(rival, entry);
    if (!wasLeader && rival.one.standing.role === 'leader') this.#terms += 1;
    this.#look(rival);
  }

  /** A request may be lost, come late or be answered in vain; it is served when it comes, waited for or not. */
  #ask<T>(rival: Rival, serve: () => T, then: { answered: (answer: T) => void; unanswered: () => void }): void {
    rival.isBusy = true;
    rival.operation += 1;
    const { operation } = rival;
    const settle = (how: () => void): void => {
      if (rival.operation !== operation || !rival.isBusy) return;
      rival.isBusy = false;
      how();
      this.#look(rival);
    };
    if (!this.#isLost())
      this.#at(this.#nowMs + this.#delayMs(), () => {
        const answer = serve();
        if (!this.#isLost())
          this.#inProcess(rival, this.#nowMs + this.#delayMs(), () => settle(() => then.answered(answer)));
      });
    this.#inProcess(rival, this.#nowMs + rival.terms.times.answerMs, () => settle(then.unanswered));
  }

  #isLost(): boolean {
    return !this.#isCalm && this.#random() < this.#faults.lossShare;
  }

  #delayMs(): number {
    return 1 + this.#random() * (this.#isCalm ? 5 : this.#faults.longestDelayMs);
  }
}
