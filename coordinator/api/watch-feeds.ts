import { FleetChanges } from './fleet-changes.js';
import type { WatchScope } from './fleet-changes.js';
import type { Views } from './views.js';
import { WatchFeed } from './watch-feed.js';
import type { FeedParts } from './watch-feed.js';

interface OpenFeed {
  readonly feed: WatchFeed;
  readonly stop: AbortController;
  watches: number;
}

/** The feeds of the scopes that somebody watches: one each, which ends with its last watch. */
export class WatchFeeds {
  readonly #parts: FeedParts;
  readonly #views: Views;
  readonly #open = new Map<string, OpenFeed>();

  constructor(parts: FeedParts, views: Views) {
    this.#parts = parts;
    this.#views = views;
  }

  /** The feed of a scope, begun behind the revision, which is durable, if there is none yet. Whoever joins leaves. */
  join(scope: WatchScope, revision: number): WatchFeed {
    const known = this.#open.get(keyOf(scope));
    if (known !== undefined && known.feed.told !== undefined) {
      known.watches += 1;
      return known.feed;
    }
    const feed = new WatchFeed(this.#parts, new FleetChanges(this.#parts.fleet, this.#views, scope), revision);
    const stop = new AbortController();
    this.#open.set(keyOf(scope), { feed, stop, watches: 1 });
    void feed.run(stop.signal);
    return feed;
  }

  /** Ends a feed that nobody else watches. */
  leave(scope: WatchScope, feed: WatchFeed): void {
    const open = this.#open.get(keyOf(scope));
    if (open?.feed !== feed) return;
    open.watches -= 1;
    if (open.watches > 0) return;
    this.#open.delete(keyOf(scope));
    open.stop.abort();
  }
}

/** Those who are held to the same namespaces see the same. */
function keyOf({ miners, instances, hosts, miner, sight }: WatchScope): string {
  return JSON.stringify([miners, instances, hosts, miner, sight.namespaces]);
}
