import { expect } from 'chai';
import { commitBatches } from '../../../../coordinator/api/commit-batches.js';
import { WatchFeeds } from '../../../../coordinator/api/watch-feeds.js';
import type { FedCommits } from '../../../../coordinator/api/watch-feed.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';

describe('WatchFeeds', () => {
  let at: FleetFixture;
  let stop: AbortController;
  let feeds: WatchFeeds<{ readonly all: readonly number[] }>;
  let told: number;

  beforeEach(async () => {
    at = await openFleetFixture();
    stop = new AbortController();
    feeds = new WatchFeeds({ ...at, yieldTurn: () => Promise.resolve() });
    told = 0;
  });
  afterEach(() => {
    stop.abort();
  });

  const commit = (): Promise<void> =>
    at.fleet.transact((tx) => {
      tx.putSetting('count', { at: tx.atMs });
    }).durable;
  const tell = ({ commits }: FedCommits) => {
    told += 1;
    return [{ all: commits.map(({ revision }) => revision) }];
  };

  /** Follows from a revision; the answer has all that it was told, one revision after the other. */
  function follow(from: number, key = 'all'): number[] {
    const heard: number[] = [];
    const readOn = async function* (after: number, upTo: number) {
      let last = after;
      for await (const commits of commitBatches(at, after, stop.signal)) {
        yield { all: commits.map(({ revision }) => revision) };
        last = commits.at(-1)?.revision ?? last;
        if (last >= upTo) break;
      }
      return last;
    };
    void (async () => {
      for await (const { all } of feeds.follow({ key, tell, readOn }, from, stop.signal)) heard.push(...all);
    })();
    return heard;
  }

  it('tell all of one scope the same messages, made once', async () => {
    const [one, other] = [follow(0), follow(0)];
    await commit();
    await at.clock.advanceAsync(20);
    await commit();
    await at.clock.advanceAsync(20);
    expect([one, other, told]).to.deep.equal([[1, 2], [1, 2], 2]);
    const apart = follow(2, 'apart');
    await commit();
    await at.clock.advanceAsync(20);
    expect([apart, told]).to.deep.equal([[3], 4]);
  });

  it('tell nothing twice to whoever joins ahead of a feed, and leave nothing out', async () => {
    const first = follow(0);
    await commit();
    await at.clock.advanceAsync(5);
    await commit();
    // The feed waits for its quiet time, and whoever joins has heard of both.
    const ahead = follow(2);
    const behind = follow(1);
    await at.clock.advanceAsync(20);
    await commit();
    await at.clock.advanceAsync(40);
    expect([first, ahead, behind]).to.deep.equal([[1, 2, 3], [3], [2, 3]]);
  });
});
