import { sleepByTimer } from '../../common/model/clock.js';
import type { Clock } from '../../common/model/clock.js';

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/** A clock that moves only when the test says so; timers run in the order they are due. */
export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 0;
  #bootMs = 0;
  readonly #timers = new Set<Timer>();

  /** Starts at `wallMs` (unix milliseconds, default 2026-01-01T00:00Z); the other two clocks start at 0. */
  constructor(wallMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallMs = wallMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  bootMs(): number {
    return this.#bootMs;
  }

  setTimer(fn: () => void, delayMs: number): () => void {
    const timer: Timer = { atMs: this.#monotonicMs + Math.max(0, delayMs), fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepByTimer((fn, delayMs) => this.setTimer(fn, delayMs), ms, signal);
  }

  /** Timers that have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves all clocks on by `ms` and runs what falls due, timers set on the way included; promises settle after it returns. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (let due = this.#takeDue(endMs); due !== undefined; due = this.#takeDue(endMs)) {
      this.#moveTo(due.atMs);
      due.fn();
    }
    this.#moveTo(endMs);
  }

  /** Like `advance`, but lets promises settle before, between and after the timers. */
  async advanceAsync(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settlePromises();
    for (let due = this.#takeDue(endMs); due !== undefined; due = this.#takeDue(endMs)) {
      this.#moveTo(due.atMs);
      due.fn();
      await settlePromises();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock forward or back by `ms`, as an administrator or NTP would; the others do not move. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** Puts the machine to sleep for `ms`: wall and boot clocks move on, the monotonic clock and the timers do not. */
  suspend(ms: number): void {
    this.#wallMs += ms;
    this.#bootMs += ms;
  }

  #takeDue(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.atMs <= endMs && (first === undefined || timer.atMs < first.atMs)) first = timer;
    if (first !== undefined) this.#timers.delete(first);
    return first;
  }

  #moveTo(monotonicMs: number): void {
    const stepMs = monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
    this.#wallMs += stepMs;
    this.#bootMs += stepMs;
  }
}

function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
