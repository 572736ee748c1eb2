import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ErrorCode, NatsError } from 'nats';
import { notLeader } from '../../../../../coordinator/leadership/index.js';
import { openLogStore } from '../../../../../coordinator/store/jetstream/jetstream-store.js';
import type { LogPlace } from '../../../../../coordinator/store/jetstream/log-place.js';
import type { LogStream } from '../../../../../coordinator/store/jetstream/log-stream.js';
import { settingsOf } from '../../../../../coordinator/store/jetstream/options.js';
import type { Store } from '../../../../../coordinator/store/store.js';
import { FakeLogServers } from '../../../../support/fake-log-servers.js';
import { refusalOf } from '../../../../support/refusal-of.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { smallCommit } from '../../../../support/store-disk.js';
import { waitFor } from '../../../../support/wait-for.js';

/** A lease of leadership, which may be over at any moment. */
class Lease {
  isOver = false;
  readonly refusal = () => (this.isOver ? notLeader('other:7700') : undefined);
}

const timeout = (): NatsError => new NatsError('TIMEOUT', ErrorCode.Timeout);

describe('A store of which somebody leads', function () {
  this.timeout(15_000);
  let servers: FakeLogServers;
  let lease: Lease;

  beforeEach(() => {
    servers = new FakeLogServers(seededRandom(1), 'calm');
    lease = new Lease();
  });

  const open = (place: LogPlace, options: Parameters<typeof settingsOf>[0] = {}): Store =>
    openLogStore(place, settingsOf(options));

  it('is not taken over by one who was held up amid loading until its lease was over', async () => {
    const place = servers.place(1000);
    const { refusal } = lease;
    const leader = open(servers.place(1000));
    const late = open(
      {
        ...place,
        open: async (patience) => {
          const streams = await place.open(patience);
          const ends = async () => {
            const found = await streams.journal.ends();
            // Here it stands still, while another comes to lead.
            if (found.last === 0) await leader.load();
            lease.isOver = true;
            return found;
          };
          return { ...streams, journal: { ...streams.journal, ends } };
        },
      },
      { refusal },
    );
    expect(await refusalOf(late.load())).to.include({ code: 'unavailable', reason: 'not_leader' });
    await leader.commit(smallCommit(1), 1);
    await leader.close();
  });

  it('waits for servers that are away no longer than the lease lasts', async () => {
    const place = servers.place(1000);
    let isAway = false;
    const away = async <T>(answer: () => Promise<T>): Promise<T> => (isAway ? Promise.reject(timeout()) : answer());
    const store = open(
      {
        ...place,
        open: async (patience) => {
          const { journal, ...streams } = await place.open(patience);
          const get: LogStream['get'] = (sequence) => away(() => journal.get(sequence));
          const put: LogStream['put'] = async (bytes, after) =>
            isAway ? { kind: 'unclear', cause: timeout() } : journal.put(bytes, after);
          return { ...streams, journal: { ...journal, get, put } };
        },
      },
      { refusal: lease.refusal, commitTimeoutMs: 10_000 },
    );
    await store.load();
    isAway = true;
    const refused = refusalOf(store.commit(smallCommit(1), 1));
    await sleep(20);
    lease.isOver = true;
    const startMs = performance.now();
    expect((await refused).reason).to.equal('not_leader');
    await store.close();
    expect(performance.now() - startMs).to.be.below(5_000);
  });

  it('takes no commit, snapshot or cut once the lease is over, though nobody else has taken it', async () => {
    const store = open(servers.place(1000), {
      refusal: lease.refusal,
      snapshotBytes: 2_000,
      segmentBytes: 500,
      recentCommits: 0,
    });
    await store.load();
    for (let revision = 1; revision <= 40; revision += 1) await store.commit(smallCommit(revision), 1);
    await waitFor('a snapshot', () => servers.removals > 0);
    await sleep(20);
    lease.isOver = true;
    const { changes } = servers;
    expect((await refusalOf(store.commit(smallCommit(41), 1))).reason).to.equal('not_leader');
    expect((await refusalOf(store.commit(smallCommit(42), 1))).reason).to.equal('not_leader');
    await store.close();
    expect(servers.changes).to.equal(changes);
  });

  it('leaves a snapshot that is under way when the lease ends, and all that is there', async () => {
    const store = open(servers.place(200), {
      refusal: lease.refusal,
      snapshotBytes: 1_000,
      segmentBytes: 500,
      recentCommits: 0,
    });
    await store.load();
    let revision = 0;
    while (servers.chunks === 0) await store.commit(smallCommit(++revision), 1);
    lease.isOver = true;
    const { changes } = servers;
    await sleep(20);
    expect(servers.changes - changes).to.be.at.most(1);
    expect(servers.removals).to.equal(0);
    await store.close();
  });
});
