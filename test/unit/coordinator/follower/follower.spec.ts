import { expect } from 'chai';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { LOCAL_CALLER } from '../../../../common/model/caller.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { methodPath } from '../../../../common/rpc/index.js';
import { Follower } from '../../../../coordinator/follower/index.js';
import { notLeader } from '../../../../coordinator/leadership/index.js';
import type { TailListener } from '../../../../coordinator/store/tail.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';

const METHOD = methodPath(FleetService.method.listMiners);
const STORED = { epoch: 1, documents: new Map(), instances: [], recent: [], warnings: [] } as const;

describe('A follower', () => {
  let clock: ManualClock;
  let follower: Follower;
  let listener: TailListener | undefined;
  let over: AbortController;
  let running: Promise<void>;
  /** What the one that leads answers; undefined where it cannot be asked, leads no more or does not know the question. */
  let told: number | undefined;
  /** What the store is said to hold. */
  let stored: number;
  let has: number;
  /** How often it had all read anew. */
  let anew: number;

  const look = async (): Promise<void> => {
    for (; has < stored; has += 1)
      listener?.commit({ revision: has + 1, atMs: clock.nowMs(), changes: [], events: [] }, 1);
  };

  beforeEach(async () => {
    [clock, over, listener, told, stored, has] = [new ManualClock(), new AbortController(), undefined, undefined, 5, 5];
    anew = 0;
    const run = async (by: TailListener): Promise<void> => {
      await by.begin({ ...STORED, revision: 5 });
      listener = by;
    };
    const parts = { clock, logger: silentLogger, yieldTurn: async () => undefined, leader: () => 'c1:7700' };
    const refusal = () => notLeader('c1:7700');
    const ask = () => Promise.resolve(told);
    const readAnew = () => void (anew += 1);
    const tail = { run, catchUp: look, readAnew, failures: { away: 0, unreadable: 0, lost: 0 } };
    follower = new Follower({ ...parts, tail, ask, refusal });
    running = follower.run(over.signal);
    await clock.advanceAsync(0);
  });

  afterEach(async () => {
    over.abort();
    await clock.advanceAsync(0);
    await running;
  });

  const callOf = (wanted: string | undefined) => {
    const metadata = { get: (name: string) => (name === 'headframe-min-revision' ? wanted : undefined) };
    const rest = { deadlineMs: undefined, peer: 'p', requestId: 'r', caller: LOCAL_CALLER };
    return { method: METHOD, signal: over.signal, metadata, ...rest };
  };

  /** The age that a read is answered with, however long that takes. */
  const read = async (wanted?: string): Promise<number> => {
    const answered = follower.prepare(callOf(wanted));
    answered.catch(() => undefined);
    await clock.advanceAsync(600);
    const headers = await answered;
    expect(headers?.['headframe-role']).to.equal('follower');
    return Number(headers?.['headframe-age-ms']);
  };

  it('serves nothing before the one that leads has said how far it is, whatever the store is said to hold', async () => {
    await clock.advanceAsync(5_000);
    expect(follower.serves(METHOD)).to.equal(false);
    await expectReason(read(), 'follower_behind');
    told = 5;
    await clock.advanceAsync(1_000);
    expect(follower.serves(METHOD)).to.equal(true);
    expect(await read()).to.be.at.most(20);
  });

  it('follows up to where the one that leads is, and answers then', async () => {
    [told, stored] = [8, 8];
    expect(await read()).to.be.at.most(20);
    expect(follower.fleet?.revision).to.equal(8);
    expect(follower.known).to.deep.equal({ revision: 8, behind: 0 });
    expect(await read('8')).to.be.at.most(20);
  });

  it('says how long ago it had all where the store is said to end before that, however often that is said', async () => {
    told = 5;
    await clock.advanceAsync(1_000);
    told = 8;
    expect(follower.known).to.deep.equal({ revision: 5, behind: 0 });
    for (const atLeast of [500, 1_100, 1_700]) expect(await read()).to.be.within(atLeast, atLeast + 1_100);
    await expectReason(read('8'), 'follower_behind');
    expect(follower.known).to.deep.equal({ revision: 5, behind: 3 });
    await clock.advanceAsync(28_000);
    expect(follower.serves(METHOD)).to.equal(false);
    await expectReason(read(), 'follower_behind');
    stored = 8;
    await look();
    expect(follower.serves(METHOD)).to.equal(true);
    expect(await read()).to.be.at.most(20);
  });

  it('grows old while the one that leads does not answer, also where it has all', async () => {
    told = 5;
    await clock.advanceAsync(1_000);
    told = undefined;
    expect(await read()).to.be.within(0, 1_100);
    await clock.advanceAsync(10_000);
    expect(await read()).to.be.within(10_000, 12_000);
    await clock.advanceAsync(20_000);
    await expectReason(read(), 'follower_behind');
  });

  it('drops what it has where the one that leads lacks it, tells nothing of that, and begins anew', async () => {
    [told, stored] = [8, 8];
    expect(await read()).to.be.at.most(20);
    told = 7;
    await expectReason(read(), 'follower_behind');
    expect([follower.fleet, follower.ageMs, anew]).to.deep.equal([undefined, Infinity, 1]);
    // Nothing is here to be compared until it has begun.
    await clock.advanceAsync(3_000);
    expect([follower.serves(METHOD), anew]).to.deep.equal([false, 1]);
    await listener?.begin({ ...STORED, revision: 7 });
    expect(await read()).to.be.at.most(20);
    expect([follower.fleet?.revision, anew]).to.deep.equal([7, 1]);
  });

  it('keeps what it has where it has come meanwhile, after the question was sent', async () => {
    [told, stored] = [5, 5];
    await clock.advanceAsync(1_000);
    stored = 6;
    // It is asked before, and answers while the next commit is read.
    const asked = follower.prepare(callOf(undefined));
    await look();
    await clock.advanceAsync(600);
    await asked;
    expect([follower.fleet?.revision, anew]).to.deep.equal([6, 0]);
  });

  it('knows nothing of its age where it begins anew with less than it had', async () => {
    told = 5;
    await clock.advanceAsync(1_000);
    expect(follower.serves(METHOD)).to.equal(true);
    await listener?.begin({ ...STORED, revision: 3 });
    expect(follower.serves(METHOD)).to.equal(false);
  });
});
