import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { ToldByUrl } from './monitor.js';
import { judgeDurability } from './server-checks.js';
import type { MonitorFacts, ServerVerdict } from './server-checks.js';
import { findingsOf, statesOf } from './server-findings.js';
import type { HolderSeen, ServerFinding, ServerState, ServersSeen } from './server-findings.js';

/** What the watch works with. */
export interface ServerWatchParts {
  /** Addresses at which servers tell of themselves. */
  readonly monitorUrls: readonly string[];
  /** Asks each of them once; those that do not answer are left out. */
  readonly ask: (urls: readonly string[]) => Promise<ToldByUrl>;
  /** Who is to hold the store, and how much it takes; throws where nobody answers. */
  readonly standing: () => Promise<StoreStanding>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who holds a store, and how much it takes. */
export interface StoreStanding {
  readonly holders: readonly HolderSeen[];
  /** Of all snapshots. */
  readonly snapshotBytes: number;
}

/** What is wrong, since unix milliseconds. */
export interface StandingFinding extends ServerFinding {
  readonly sinceMs: number;
}

/** Often enough to be told of before a disk is full, seldom enough to cost nothing. */
const PERIOD_MS = 30_000;
/** For so long a server is believed to write as it said last, in milliseconds: one that is only busy must not hold up payments. */
const BELIEVED_MS = 120_000;

/**
 * Watches the servers of a store for as long as it is worked with, so that what goes wrong with them is told before it hurts, and
 * what they may lose follows what they do. A server that does not answer is never waited for longer than a few seconds.
 */
export class ServerWatch {
  readonly #parts: ServerWatchParts;
  readonly #told = new Map<string, { readonly facts: MonitorFacts; readonly atMs: number }>();
  #standing: StoreStanding = { holders: [], snapshotBytes: 0 };
  #seen: ServersSeen | undefined;
  #findings = new Map<string, StandingFinding>();
  #verdict: Pick<ServerVerdict, 'mayLose' | 'syncMs'> = { mayLose: undefined, syncMs: 0 };

  constructor(parts: ServerWatchParts) {
    this.#parts = parts;
  }

  /** By what acknowledged changes may be lost; undefined for nothing. */
  get mayLose(): string | undefined {
    return this.#verdict.mayLose;
  }

  /** After how long servers have surely written what they have acknowledged, in milliseconds. */
  get syncMs(): number {
    return this.#verdict.syncMs;
  }

  /** All that is wrong now. */
  get findings(): readonly StandingFinding[] {
    return [...this.#findings.values()];
  }

  /** How each server stands, as last seen. */
  get states(): ReadonlyMap<string, ServerState> {
    return this.#seen === undefined ? new Map<string, ServerState>() : statesOf(this.#seen);
  }

  /** Room for JetStream that is left on those that tell, by name, in bytes. */
  get rooms(): ReadonlyMap<string, number> {
    const told = this.#seen?.told ?? [];
    return new Map(
      told.flatMap(({ name, isOff, freeBytes }) => (isOff || freeBytes === undefined ? [] : [[name, freeBytes]])),
    );
  }

  /** Begins with what the checks at the start have found, which are in the log already. */
  begin(verdict: Pick<ServerVerdict, 'mayLose' | 'syncMs'>): void {
    this.#verdict = verdict;
    const { mayLose: text } = verdict;
    this.#findings.clear();
    if (text !== undefined) this.#raise({ reason: 'store_may_lose', about: '', text });
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      await this.look();
      await this.#parts.clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }

  /** Looks at all servers once. Never throws. */
  async look(): Promise<void> {
    const { monitorUrls, ask, standing, clock } = this.#parts;
    const [answers, stands] = await Promise.all([ask(monitorUrls), standing().catch(() => undefined)]);
    const atMs = clock.monotonicMs();
    for (const [url, facts] of answers) this.#told.set(url, { facts, atMs });
    this.#standing = stands ?? this.#unled();
    const believed = [...this.#told.values()].filter((told) => atMs - told.atMs <= BELIEVED_MS);
    const names = this.#standing.holders.map(({ name }) => name);
    const facts = believed.map((told) => told.facts);
    if (names.length > 0) this.#verdict = judgeDurability(names, facts);
    const silent = monitorUrls.filter((url) => !answers.has(url)).map((url) => this.#told.get(url)?.facts.name ?? url);
    const { mayLose } = this.#verdict;
    const seen = { ...this.#standing, told: [...answers.values()], silent, mayLose };
    this.#note(findingsOf(seen, this.#seen));
    this.#seen = seen;
  }

  /** What was known, where nobody answers for the journal. */
  #unled(): StoreStanding {
    const { holders, snapshotBytes } = this.#standing;
    return { snapshotBytes, holders: holders.map(({ name }) => ({ name, standing: undefined })) };
  }

  #note(found: readonly ServerFinding[]): void {
    const { logger } = this.#parts;
    const [before, now] = [this.#findings, new Set(found.map(keyOf))];
    this.#findings = new Map([...before].filter(([key]) => now.has(key)));
    for (const finding of found) {
      if (!before.has(keyOf(finding))) logger.warn({ ...finding }, 'the NATS servers of the store');
      this.#raise(finding);
    }
    for (const [key, { reason, about }] of before)
      if (!now.has(key)) logger.info({ reason, about }, 'the NATS servers of the store: this is over');
  }

  #raise(finding: ServerFinding): void {
    const key = keyOf(finding);
    const sinceMs = this.#findings.get(key)?.sinceMs ?? this.#parts.clock.nowMs();
    this.#findings.set(key, { ...finding, sinceMs });
  }
}

function keyOf({ reason, about }: ServerFinding): string {
  return `${reason} ${about}`;
}
