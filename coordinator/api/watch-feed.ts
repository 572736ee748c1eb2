import { WatchFleetResponseSchema } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetChange } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { encodeMessage } from '../../common/rpc/index.js';
import type { Encoded } from '../../common/rpc/index.js';
import type { FleetPort } from '../fleet/port.js';
import { commitBatches } from './commit-batches.js';
import { readDurably } from './durably.js';
import type { FleetChanges } from './fleet-changes.js';
import { mergeCommits } from './merge-commits.js';

/** What a feed is made from. */
export interface FeedParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** Messages that bring a watch from any revision between `from` and `start` to `revision`. */
export interface FeedBatch {
  readonly from: number;
  readonly start: number;
  readonly revision: number;
  readonly messages: readonly Encoded<typeof WatchFleetResponseSchema>[];
}

type Waiter = (batch: FeedBatch | undefined) => void;

/** Batches kept for watches that write while the next one comes; those further behind read for themselves. */
const KEPT = 16;
/** A watch whose scope nothing happens in still tells where it can be resumed, this often in milliseconds. */
export const SIGN_PERIOD_MS = 5_000;
/** Watches that are handed a batch in one turn: a few milliseconds of writing. */
const TURN_WATCHES = 100;

/**
 * The changes in one scope, for all who watch it: merged and encoded once, handed out in turns. Runs until its signal;
 * after an error, as of changes that come too fast even for it, `after` answers nothing and watches read for themselves.
 */
export class WatchFeed {
  readonly #parts: FeedParts;
  readonly #reader: FleetChanges;
  readonly #waiters = new Set<Waiter>();
  #kept: FeedBatch[] = [];
  #told: number;
  /** Up to where nothing in scope has changed since the last batch. */
  #from: number;
  #ended = false;

  /** Begins behind a revision that is durable. */
  constructor(parts: FeedParts, reader: FleetChanges, revision: number) {
    this.#parts = parts;
    this.#reader = reader;
    this.#told = revision;
    this.#from = revision;
  }

  /** The revision up to which everything has been handed out; undefined once the feed has ended. */
  get told(): number | undefined {
    return this.#ended ? undefined : this.#told;
  }

  /** Follows the fleet until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    let toldAtMs = this.#parts.clock.monotonicMs();
    try {
      for await (const commits of commitBatches(this.#parts, this.#told, signal)) {
        const start = this.#told;
        const revision = commits.at(-1)?.revision ?? start;
        const read = (): FleetChange[][] => this.#reader.pages(mergeCommits(commits));
        const { value: pages } = await readDurably(this.#parts.fleet, read);
        const isDue = this.#parts.clock.monotonicMs() - toldAtMs >= SIGN_PERIOD_MS;
        if (pages.length === 0 && isDue) pages.push([]);
        this.#told = revision;
        if (pages.length === 0) continue;
        toldAtMs = this.#parts.clock.monotonicMs();
        await this.#handOut({ from: this.#from, start, revision, messages: encodePages(pages, this.#from, revision) });
      }
    } catch {
      // The watches read for themselves and meet what this feed met.
    } finally {
      this.#ended = true;
      for (const waiter of this.#waiters) waiter(undefined);
    }
  }

  /** The batch that goes on from a revision, if it is kept. */
  after(revision: number): FeedBatch | undefined {
    return this.#kept.find(({ from, start }) => from <= revision && revision <= start);
  }

  /** Whether nothing in scope has changed since a revision, as far as this feed is, so that the next batch goes on from it. */
  isCurrent(revision: number): boolean {
    return !this.#ended && this.#from <= revision;
  }

  /** The next batch, for a watch that is current; undefined when the signal is aborted or the feed has ended. */
  next(signal: AbortSignal): Promise<FeedBatch | undefined> {
    return new Promise((resolve) => {
      const waiter: Waiter = (batch) => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', leave);
        resolve(batch);
      };
      const leave = (): void => {
        waiter(undefined);
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
    });
  }

  async #handOut(batch: FeedBatch): Promise<void> {
    this.#from = batch.revision;
    this.#kept = [...this.#kept.slice(1 - KEPT), batch];
    let left = TURN_WATCHES;
    for (const waiter of [...this.#waiters]) {
      waiter(batch);
      left -= 1;
      if (left > 0) continue;
      await this.#parts.yieldTurn();
      left = TURN_WATCHES;
    }
  }
}

/** Only with the last page all changes up to the revision have been told. */
function encodePages(
  pages: readonly FleetChange[][],
  told: number,
  revision: number,
): Encoded<typeof WatchFleetResponseSchema>[] {
  const last = pages.length - 1;
  return pages.map((changes, index) =>
    encodeMessage(WatchFleetResponseSchema, { revision: BigInt(index === last ? revision : told), changes }),
  );
}
