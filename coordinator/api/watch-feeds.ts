import { WatchFeed } from './watch-feed.js';
import type { FeedParts, Tell } from './watch-feed.js';

interface OpenFeed<Message> {
  readonly feed: WatchFeed<Message>;
  readonly stop: AbortController;
  watches: number;
}

/** What one watch is told, by the feed or by itself. */
export interface Following<Message, Alone = Message> {
  /** Of its scope: those with the same key are told the same. */
  readonly key: string;
  readonly tell: Tell<Message>;
  /** Tells what comes after a revision for this watch alone, at least up to another; answers the one that it came to. */
  readonly readOn: (told: number, upTo: number) => AsyncGenerator<Alone, number, undefined>;
}

/** The feeds of the scopes that somebody watches: one each, which ends with its last watch. */
export class WatchFeeds<Message> {
  readonly #parts: FeedParts;
  readonly #open = new Map<string, OpenFeed<Message>>();

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /**
   * Goes along with the scope's feed from a revision that is durable, until the signal; whoever is behind it, for want of room to
   * write, or ahead of it reads alone. Nothing is told twice, and nothing left out.
   */
  async *follow<Alone>(
    { key, tell, readOn }: Following<Message, Alone>,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<Message | Alone, void, undefined> {
    const feed = this.#join(key, tell, from);
    const seat = feed.seat(signal);
    try {
      for (let told = from; !seat.isOver;) {
        const batch = feed.after(told) ?? (feed.isCurrent(told) ? await seat.next() : undefined);
        const isNext = batch !== undefined && told <= batch.start;
        // Not yield*, which takes some turns of the microtask queue more for each.
        for (const message of isNext ? batch.messages : []) yield message;
        if (isNext) told = batch.revision;
        else if (batch === undefined || told < batch.revision) told = yield* readOn(told, feed.told ?? Infinity);
      }
    } finally {
      seat.leave();
      this.#leave(key, feed);
    }
  }

  /** The feed of a scope, begun behind the revision if there is none yet. Whoever joins leaves. */
  #join(key: string, tell: Tell<Message>, revision: number): WatchFeed<Message> {
    const known = this.#open.get(key);
    if (known !== undefined && known.feed.told !== undefined) {
      known.watches += 1;
      return known.feed;
    }
    const feed = new WatchFeed(this.#parts, tell, revision);
    const stop = new AbortController();
    this.#open.set(key, { feed, stop, watches: 1 });
    void feed.run(stop.signal);
    return feed;
  }

  /** Ends a feed that nobody else watches. */
  #leave(key: string, feed: WatchFeed<Message>): void {
    const open = this.#open.get(key);
    if (open?.feed !== feed) return;
    open.watches -= 1;
    if (open.watches > 0) return;
    this.#open.delete(key);
    open.stop.abort();
  }
}
