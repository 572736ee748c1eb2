import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreCommit } from '../store/store.js';
import { commitBatches } from './commit-batches.js';
import { readDurably } from './durably.js';

/** What a feed is made from. */
export interface FeedParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** Resolves once the event loop has had its turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** Messages that bring a watch from any revision between `from` and `start` to `revision`. */
export interface FeedBatch<Message> {
  readonly from: number;
  readonly start: number;
  readonly revision: number;
  readonly messages: readonly Message[];
}

/** Durable commits that a feed has come to, up to `revision`. */
export interface FedCommits {
  readonly commits: readonly StoreCommit[];
  /** Everything up to it was told before. */
  readonly from: number;
  readonly revision: number;
  /** Nothing was told for so long that a message without changes is due. */
  readonly isDue: boolean;
}

/** The messages that tell of commits, those of one scope that is; reads the fleet, if at all, as of now. */
export type Tell<Message> = (fed: FedCommits) => readonly Message[];

type Waiter<Message> = (batch: FeedBatch<Message> | undefined) => void;

/** Batches kept for watches that write while the next one comes; those further behind read for themselves. */
const KEPT = 16;
/** A watch whose scope nothing happens in still tells where it can be resumed, this often in milliseconds. */
export const SIGN_PERIOD_MS = 5_000;
/** Watches that are handed a batch in one turn: a few milliseconds of writing. */
const TURN_WATCHES = 100;

/**
 * What happens in one scope, for all who watch it: put into messages once, handed out in turns. Runs until its signal;
 * after an error, as of changes that come too fast even for it, `after` answers nothing and watches read for themselves.
 */
export class WatchFeed<Message> {
  readonly #parts: FeedParts;
  readonly #tell: Tell<Message>;
  readonly #waiters = new Set<Waiter<Message>>();
  #kept: FeedBatch<Message>[] = [];
  #told: number;
  /** Up to where nothing in scope has changed since the last batch. */
  #from: number;
  #ended = false;

  /** Begins behind a revision that is durable. */
  constructor(parts: FeedParts, tell: Tell<Message>, revision: number) {
    this.#parts = parts;
    this.#tell = tell;
    this.#told = revision;
    this.#from = revision;
  }

  /** The revision up to which everything has been handed out; undefined once the feed has ended. */
  get told(): number | undefined {
    return this.#ended ? undefined : this.#told;
  }

  /** Follows the fleet until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, fleet } = this.#parts;
    let toldAtMs = clock.monotonicMs();
    try {
      for await (const commits of commitBatches(this.#parts, this.#told, signal)) {
        const [from, start] = [this.#from, this.#told];
        const revision = commits.at(-1)?.revision ?? start;
        const isDue = clock.monotonicMs() - toldAtMs >= SIGN_PERIOD_MS;
        const tell = (): readonly Message[] => this.#tell({ commits, from, revision, isDue });
        const { value: messages } = await readDurably(fleet, tell);
        this.#told = revision;
        if (messages.length === 0) continue;
        toldAtMs = clock.monotonicMs();
        await this.#handOut({ from, start, revision, messages });
      }
    } catch {
      // The watches read for themselves and meet what this feed met.
    } finally {
      this.#ended = true;
      for (const waiter of this.#waiters) waiter(undefined);
    }
  }

  /** The batch that goes on from a revision, if it is kept. */
  after(revision: number): FeedBatch<Message> | undefined {
    return this.#kept.find(({ from, start }) => from <= revision && revision <= start);
  }

  /** Whether nothing in scope has changed since a revision, as far as this feed is, so that the next batch goes on from it. */
  isCurrent(revision: number): boolean {
    return !this.#ended && this.#from <= revision;
  }

  /** A place for one watch, until the signal. */
  seat(signal: AbortSignal): FeedSeat<Message> {
    return new FeedSeat(this.#waiters, signal);
  }

  async #handOut(batch: FeedBatch<Message>): Promise<void> {
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

/** Where one watch waits for a feed's batches; its signal is listened to once for all of them, which is dear with many watches. */
export class FeedSeat<Message> {
  readonly #waiters: Set<Waiter<Message>>;
  readonly #signal: AbortSignal;
  #waiter: Waiter<Message> | undefined;
  #isOver: boolean;

  constructor(waiters: Set<Waiter<Message>>, signal: AbortSignal) {
    this.#waiters = waiters;
    this.#signal = signal;
    this.#isOver = signal.aborted;
    signal.addEventListener('abort', this.#stop, { once: true });
  }

  /** As the signal says, which takes longer to ask. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next batch, for a watch that is current; undefined when the signal is aborted or the feed has ended. */
  next(): Promise<FeedBatch<Message> | undefined> {
    return new Promise((resolve) => {
      const waiter: Waiter<Message> = (batch) => {
        this.#waiters.delete(waiter);
        resolve(batch);
      };
      this.#waiter = waiter;
      this.#waiters.add(waiter);
      if (this.#isOver) waiter(undefined);
    });
  }

  /** Gives the place up. */
  leave(): void {
    this.#signal.removeEventListener('abort', this.#stop);
  }

  readonly #stop = (): void => {
    this.#isOver = true;
    this.#waiter?.(undefined);
  };
}
