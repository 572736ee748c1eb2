import type { Clock } from '../../../../common/model/clock.js';
import { wantedReplicas } from '../../../../common/model/miner.js';
import type { MinerRecord } from '../../../../common/model/miner.js';
import type { Logger } from '../../../../common/observe/logger.js';
import type { FleetPort } from '../../../fleet/port.js';
import { makeCanary } from './canary.js';
import type { CanaryTemplate } from './canary.js';
import { nextRoundMs } from './due.js';
import { NO_TIME, keepSeen } from './keep.js';
import type { SeenTime } from './keep.js';
import { playRound } from './round.js';
import type { RoundParts, RoundTerms } from './round.js';

/** What the loop works with. */
export interface ScoreLoopParts extends RoundParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether so many hosts are silent that the coordinator itself may be cut off. */
  readonly isBraked: () => boolean;
}

/** How models are scored; times in milliseconds. */
export interface ScoreTerms extends RoundTerms {
  /** The mean gap between two rounds of one model. */
  readonly intervalMs: number;
  /** Rounds of the whole fleet under way at once; of one model there is never more than one. */
  readonly mostAtOnce: number;
  /** Undefined for those that are built in. */
  readonly templates: readonly CanaryTemplate[] | undefined;
}

/** Between two looks, in milliseconds. */
const PERIOD_MS = 5_000;
/** Time that was seen is written at the latest after this, so that a crash costs no more of it. */
const KEEP_MS = 10 * 60_000;

interface Standing {
  /** On the monotonic clock. */
  nextAtMs: number;
  seen: SeenTime;
  keptAtMs: number;
  isPlaying: boolean;
}

/**
 * Asks models at times that nobody foresees, and looks how much of each is healthy, from the time on when a replica was healthy first.
 * The dates are drawn anew at each start: gaps without a memory are no other for it.
 */
export class ScoreLoop {
  readonly #parts: ScoreLoopParts;
  readonly #terms: ScoreTerms;
  readonly #standings = new Map<string, Standing>();
  readonly #playing = new Set<Promise<void>>();
  #lookedAtMs: number | undefined;

  constructor(parts: ScoreLoopParts, terms: ScoreTerms) {
    this.#parts = parts;
    this.#terms = terms;
  }

  /** Runs until the signal, and resolves when no model is asked any more. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#look(signal);
      await this.#parts.clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
    await Promise.all(this.#playing);
    for (const [miner, standing] of this.#standings) this.#keepTime(miner, standing);
  }

  #look(signal: AbortSignal): void {
    const { fleet, clock, isBraked } = this.#parts;
    const nowMs = clock.monotonicMs();
    const elapsedMs = nowMs - (this.#lookedAtMs ?? nowMs);
    this.#lookedAtMs = nowMs;
    if (isBraked()) return;
    const models = [...fleet.miners()].filter((miner) => miner.spec.kind === 'model' && this.#counts(miner));
    const names = new Set(models.map(({ spec }) => spec.name));
    for (const [name, standing] of this.#standings)
      if (!names.has(name) && !standing.isPlaying) {
        this.#keepTime(name, standing);
        this.#standings.delete(name);
      }
    for (const model of models) {
      const standing = this.#standingOf(model, nowMs);
      // What a suspended machine did not see nobody has seen.
      this.#see(model, standing, elapsedMs > 3 * PERIOD_MS ? 0 : elapsedMs);
      if (standing.nextAtMs > nowMs || standing.isPlaying || this.#playing.size >= this.#terms.mostAtOnce) continue;
      this.#play(model, standing, signal);
    }
  }

  /** One that is to run, and has been healthy once: building and loading are not held against it. */
  #counts(miner: MinerRecord): boolean {
    const { fleet } = this.#parts;
    const { name } = miner.spec;
    if (wantedReplicas(miner) === 0) return false;
    return fleet.modelRecord(name) !== undefined || fleet.countsOf(name).healthy > 0;
  }

  #standingOf({ spec: { name } }: MinerRecord, nowMs: number): Standing {
    const known = this.#standings.get(name);
    if (known !== undefined) return known;
    const { fleet, draw } = this.#parts;
    const { intervalMs } = this.#terms;
    const isNew = (fleet.modelRecord(name)?.rounds.length ?? 0) === 0;
    const nextAtMs = nowMs + nextRoundMs(isNew ? 'first' : 'again', intervalMs, draw);
    const standing: Standing = { nextAtMs, seen: NO_TIME, keptAtMs: nowMs, isPlaying: false };
    this.#standings.set(name, standing);
    return standing;
  }

  #see(miner: MinerRecord, standing: Standing, elapsedMs: number): void {
    const { fleet, clock } = this.#parts;
    const { seenMs, usefulMs } = standing.seen;
    const share = Math.min(1, fleet.countsOf(miner.spec.name).healthy / wantedReplicas(miner));
    standing.seen = { seenMs: seenMs + elapsedMs, usefulMs: usefulMs + share * elapsedMs };
    if (clock.monotonicMs() - standing.keptAtMs >= KEEP_MS) this.#keepTime(miner.spec.name, standing);
  }

  #keepTime(miner: string, standing: Standing): void {
    const { fleet, clock } = this.#parts;
    const { seen } = standing;
    standing.seen = NO_TIME;
    standing.keptAtMs = clock.monotonicMs();
    if (seen.seenMs > 0) fleet.transact((tx) => keepSeen(tx, miner, seen, undefined));
  }

  #play({ spec }: MinerRecord, standing: Standing, signal: AbortSignal): void {
    const { clock, draw, logger } = this.#parts;
    const { name } = spec;
    const canary = makeCanary(spec.model?.type ?? '', this.#terms.templates, draw);
    const again = (): void => {
      standing.nextAtMs = clock.monotonicMs() + nextRoundMs('again', this.#terms.intervalMs, draw);
    };
    if (canary === undefined) {
      again();
      return;
    }
    standing.isPlaying = true;
    const over = playRound(this.#parts, this.#terms, { miner: name, canary }, signal)
      .then((round) => {
        const { seen } = standing;
        standing.seen = NO_TIME;
        standing.keptAtMs = clock.monotonicMs();
        this.#parts.fleet.transact((tx) => keepSeen(tx, name, seen, round));
      })
      .catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error, miner: name }, 'a round of canaries failed by itself');
      })
      .finally(() => {
        standing.isPlaying = false;
        again();
        this.#playing.delete(over);
      });
    this.#playing.add(over);
  }
}
