import { expect } from 'chai';
import { ErrorCode, NatsError } from 'nats';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { openLogStore } from '../../../../../coordinator/store/jetstream/jetstream-store.js';
import { JetStreamTail } from '../../../../../coordinator/store/jetstream/jetstream-tail.js';
import type { TailStreams } from '../../../../../coordinator/store/jetstream/jetstream-tail.js';
import { encodeLogMessage, partsOf } from '../../../../../coordinator/store/jetstream/log-message.js';
import { settingsOf } from '../../../../../coordinator/store/jetstream/options.js';
import type { Store, StoreCommit, StoredFleet } from '../../../../../coordinator/store/store.js';
import { FakeLogServers } from '../../../../support/fake-log-servers.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { smallCommit } from '../../../../support/store-disk.js';
import { recordsAfter, recordsOf } from '../../../../support/store-samples.js';
import { waitFor } from '../../../../support/wait-for.js';

const commitsUpTo = (revision: number): StoreCommit[] =>
  Array.from({ length: revision }, (_, index) => smallCommit(index + 1));

describe('The tail of a journal', () => {
  let servers: FakeLogServers;
  let clock: ManualClock;
  let tail: JetStreamTail;
  let streams: TailStreams;
  let ended: AbortController;
  let running: Promise<void>;
  let isAway: boolean;
  const begun: StoredFleet[] = [];
  const commits: { commit: StoreCommit; epoch: number }[] = [];

  const open = (options: Parameters<typeof settingsOf>[0] = {}): Store =>
    openLogStore(servers.place(200), settingsOf(options));

  beforeEach(async () => {
    [servers, clock, ended, isAway] = [
      new FakeLogServers(seededRandom(3), 'calm'),
      new ManualClock(),
      new AbortController(),
      false,
    ];
    [begun.length, commits.length] = [0, 0];
    streams = await servers.place(200).open(() => {
      throw new Error('nothing is waited for');
    });
    const { journal, snapshots } = streams;
    const ends: typeof journal.ends = () => {
      if (isAway) return Promise.reject(new NatsError('TIMEOUT', ErrorCode.Timeout));
      return journal.ends();
    };
    tail = new JetStreamTail({
      open: () => Promise.resolve({ journal: { ...journal, ends }, snapshots }),
      close: () => Promise.resolve(),
      recent: { commits: 100, changes: 1_000 },
      ...{ clock, logger: silentLogger },
    });
  });

  afterEach(async () => {
    ended.abort();
    await running;
  });

  const begin = async (): Promise<void> => {
    const listener = {
      begin: async (fleet: StoredFleet) => void begun.push(fleet),
      commit: (commit: StoreCommit, epoch: number) => void commits.push({ commit, epoch }),
    };
    running = tail.run(listener, ended.signal);
    await waitFor('the beginning', () => begun.length > 0);
  };

  /** Lets so much time pass, and what is done in it be done. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await new Promise(setImmediate);
    }
  };

  it('begins with all there is and goes on with each commit, claiming nothing', async () => {
    const store = open();
    await store.load();
    for (const commit of commitsUpTo(5)) await store.commit(commit, 1);
    const { changes } = servers;
    await begin();
    expect(begun).to.have.length(1);
    expect(begun[0]).to.include({ epoch: 1, revision: 5 });
    expect(recordsOf(begun[0] ?? { documents: new Map(), instances: [] })).to.deep.equal(recordsAfter(commitsUpTo(5)));
    expect(begun[0]?.recent).to.deep.equal(commitsUpTo(5));
    expect(servers.changes).to.equal(changes);
    await store.commit(smallCommit(6), 1);
    await tail.catchUp();
    expect(commits).to.deep.equal([{ commit: smallCommit(6), epoch: 1 }]);
    expect(servers.changes).to.equal(changes + 1);
    await store.close();
  });

  it('tells whole commits alone, and drops what a leader that died left when the next one begins', async () => {
    const store = open();
    await store.load();
    await store.commit(smallCommit(1), 1);
    await begin();
    const { last } = await streams.journal.ends();
    const parts = partsOf(Buffer.alloc(500, 1), 200, { epoch: 1, group: 9 });
    for (const [index, part] of parts.slice(0, -1).entries()) await streams.journal.put(part, last + index);
    await tail.catchUp();
    expect(commits).to.deep.equal([]);
    const next = open();
    expect((await next.load()).revision).to.equal(1);
    await next.commit(smallCommit(2), 2);
    await tail.catchUp();
    expect(commits).to.deep.equal([{ commit: smallCommit(2), epoch: 2 }]);
    expect(begun).to.have.length(1);
    await next.close();
  });

  it('keeps what it has while the servers are away, and catches up when they are back', async () => {
    const store = open();
    await store.load();
    await begin();
    await tail.catchUp();
    isAway = true;
    await pass(10_000);
    expect(tail.failures.away).to.be.within(2, 20);
    expect(tail.failures).to.include({ unreadable: 0, lost: 0 });
    clock.suspend(60_000);
    await store.commit(smallCommit(1), 1);
    await pass(1_000);
    expect(commits).to.deep.equal([]);
    isAway = false;
    await pass(1_500);
    expect(commits.map(({ commit }) => commit.revision)).to.deep.equal([1]);
    expect(begun).to.have.length(1);
    await store.close();
  });

  it('begins anew from a snapshot where the journal was cut below what it has', async () => {
    const store = open({ snapshotBytes: 1_000, segmentBytes: 500, recentCommits: 0 });
    await store.load();
    await store.commit(smallCommit(1), 1);
    await begin();
    isAway = true;
    await pass(3_000);
    let revision = 1;
    while (servers.removals === 0) {
      await store.commit(smallCommit(++revision), 1);
      await new Promise(setImmediate);
    }
    isAway = false;
    await pass(1_500);
    await waitFor('the second beginning', () => begun.length === 2);
    expect(begun[1]?.revision).to.equal(revision);
    expect(tail.failures.lost).to.equal(1);
    expect(recordsOf(begun[1] ?? { documents: new Map(), instances: [] })).to.deep.equal(
      recordsAfter(commitsUpTo(revision)),
    );
    await store.commit(smallCommit(revision + 1), 1);
    await pass(200);
    expect(commits.at(-1)?.commit.revision).to.equal(revision + 1);
    await store.close();
  });

  it('believes no server that tells of less than it has read, and begins anew where that stays so', async () => {
    const store = open();
    await store.load();
    for (const commit of commitsUpTo(3)) await store.commit(commit, 1);
    await begin();
    servers.setBack(2);
    await pass(10_000);
    expect(begun).to.have.length(1);
    await pass(12_000);
    await waitFor('the second beginning', () => begun.length === 2);
    expect(begun[1]?.revision).to.be.below(3);
    await store.close().catch(() => undefined);
  });

  it('begins anew where it is told that what it told is not so', async () => {
    const store = open();
    await store.load();
    for (const commit of commitsUpTo(3)) await store.commit(commit, 1);
    await begin();
    tail.readAnew();
    await pass(1_000);
    await waitFor('the second beginning', () => begun.length === 2);
    expect([begun[1]?.revision, tail.failures.lost]).to.deep.equal([3, 1]);
    await store.commit(smallCommit(4), 1);
    await pass(500);
    expect(commits.map(({ commit }) => commit.revision)).to.deep.equal([4]);
    await store.close();
  });

  it('outlives damage: it tries anew, ever more rarely, and tells nothing of it', async () => {
    const store = open();
    await store.load();
    await store.commit(smallCommit(1), 1);
    await begin();
    const { last } = await streams.journal.ends();
    await streams.journal.put(Buffer.from('damaged'), last);
    await pass(40_000);
    expect([begun.length, commits.length]).to.deep.equal([1, 0]);
    expect(tail.failures.unreadable).to.be.within(2, 5);
    servers.setBack(last);
    await streams.journal.put(
      encodeLogMessage({ kind: 'segment', format: 1, epoch: 2, revision: 1, writer: 'w' }),
      last,
    );
    await pass(20_000);
    expect(begun).to.have.length(2);
  });
});
