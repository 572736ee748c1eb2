import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { Leadership } from '../../../../coordinator/leadership/index.js';
import type { Contest, Term } from '../../../../coordinator/leadership/index.js';
import { LinkedContest } from '../../../support/linked-contest.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryLeaseBucket } from '../../../support/memory-lease-bucket.js';

const TTL_MS = 5_000;
const HUNG_MS = 30_000;

/** What acts for a term either keeps the lease itself, or has a thread do so. */
const KEPT = {
  'the contest for leadership': (parts) => new Leadership(parts, TTL_MS),
  'the contest for leadership, kept by a thread': (parts) =>
    new LinkedContest(parts, { ttlMs: TTL_MS, hungMs: HUNG_MS }).contest,
} satisfies Record<string, (parts: ConstructorParameters<typeof LinkedContest>[0]) => Contest>;

for (const [title, open] of Object.entries(KEPT))
  describe(title, () => {
    let clock: ManualClock;
    let bucket: MemoryLeaseBucket;
    let over: AbortController;
    let running: Promise<void>[];

    beforeEach(() => {
      clock = new ManualClock();
      bucket = new MemoryLeaseBucket();
      over = new AbortController();
      running = [];
    });

    afterEach(async () => {
      over.abort();
      await clock.advanceAsync(TTL_MS);
      await Promise.all(running);
    });

    function stand(id: string): Contest {
      const me = { id, address: `${id}:7700` };
      const leadership = open({ bucket, me, clock, logger: silentLogger });
      running.push(leadership.run(over.signal));
      return leadership;
    }

    async function lead(id: string): Promise<{ leadership: Contest; term: Term }> {
      bucket.entry = { revision: bucket.entry.revision + 1, value: 'released' };
      const leadership = stand(id);
      await clock.advanceAsync(100);
      return { leadership, term: await leadership.nextTerm(over.signal) };
    }

    it('is won by one, whom the other knows by its address', async () => {
      const { leadership, term } = await lead('a');
      const other = stand('b');
      await clock.advanceAsync(20_000);
      expect(term.held()).to.equal(true);
      expect([leadership.leader?.address, other.leader?.address]).to.deep.equal(['a:7700', 'a:7700']);
    });

    it('is lost for good by one whose bucket is away for longer than the lease, and told to others as unknown', async () => {
      const { leadership, term } = await lead('a');
      bucket.mode = 'away';
      await clock.advanceAsync(TTL_MS);
      expect(term.held()).to.equal(false);
      expect(await term.lost).to.equal('lapsed');
      bucket.mode = 'answers';
      await clock.advanceAsync(3 * TTL_MS);
      expect(term.held()).to.equal(false);
      expect(leadership.leader).to.equal(undefined);
      // What acted for the term may still be on its way out, so that it does not stand again yet.
      const { revision } = bucket.entry;
      await clock.advanceAsync(3 * TTL_MS);
      expect(bucket.entry.revision).to.equal(revision);
    });

    it('goes on when answers are lost for a while', async () => {
      const { term } = await lead('a');
      bucket.mode = 'silent';
      await clock.advanceAsync(TTL_MS / 2);
      bucket.mode = 'answers';
      await clock.advanceAsync(3 * TTL_MS);
      expect(term.held()).to.equal(true);
    });

    it('is held by nobody who stood still for longer than the lease, from the first look on', async () => {
      const { term } = await lead('a');
      clock.suspend(TTL_MS);
      expect(term.held()).to.equal(false);
      expect(await term.lost).to.equal('lapsed');
    });

    it('passes at once to another when it is handed over, and the one who did rests', async () => {
      const { leadership, term } = await lead('a');
      const other = stand('b');
      await clock.advanceAsync(1_000);
      term.ask();
      await term.asked;
      expect(term.held()).to.equal(true);
      await leadership.end(term, true);
      expect(term.held()).to.equal(false);
      await clock.advanceAsync(100);
      expect((await other.nextTerm(over.signal)).held()).to.equal(true);
      expect(leadership.leader?.address).to.equal('b:7700');
    });

    it('comes back to one who handed it over when nobody else wants it, and at once to one who lost it', async () => {
      const { leadership, term } = await lead('a');
      await leadership.end(term, true);
      await clock.advanceAsync(TTL_MS);
      expect(leadership.leader).to.equal(undefined);
      await clock.advanceAsync(2 * TTL_MS);
      const second = await leadership.nextTerm(over.signal);
      expect(second.held()).to.equal(true);
      clock.suspend(TTL_MS);
      expect(second.held()).to.equal(false);
      await clock.advanceAsync(TTL_MS);
      await leadership.end(second, false);
      await clock.advanceAsync(TTL_MS);
      const third = await leadership.nextTerm(over.signal);
      expect([second.held(), third.held()]).to.deep.equal([false, true]);
    });

    it('is given back even when a renewal came between', async () => {
      const { leadership, term } = await lead('a');
      // As a renewal does that was stored and whose answer is still under way.
      const { value } = bucket.entry;
      bucket.entry = { revision: bucket.entry.revision + 1, value };
      await leadership.end(term, true);
      expect(bucket.entry.value).to.equal('released');
    });

    it('is not stood for by one that is hindered, which hands over what it holds, until it is no more', async () => {
      const { leadership, term } = await lead('a');
      const why = new HeadframeError({ code: 'failed_precondition', reason: 'test', message: 'not to lead' });
      leadership.hinder(why);
      await term.asked;
      expect([term.held(), leadership.hindrance]).to.deep.equal([true, why]);
      await leadership.end(term, false);
      await clock.advanceAsync(10 * TTL_MS);
      expect(bucket.entry.value).to.equal('released');
      leadership.hinder(undefined);
      await clock.advanceAsync(TTL_MS);
      expect((await leadership.nextTerm(over.signal)).held()).to.equal(true);
    });

    it('is kept for nobody once the term was ended', async () => {
      const { term } = await lead('a');
      term.end('lapsed');
      await clock.advanceAsync(TTL_MS);
      const { revision } = bucket.entry;
      await clock.advanceAsync(3 * TTL_MS);
      expect([bucket.entry.revision, term.held()]).to.deep.equal([revision, false]);
    });

    it('is stood for again after a term that was over before anybody asked for it', async () => {
      bucket.entry = { revision: bucket.entry.revision + 1, value: 'released' };
      const leadership = stand('a');
      await clock.advanceAsync(100);
      bucket.mode = 'away';
      await clock.advanceAsync(TTL_MS);
      bucket.mode = 'answers';
      let won: Term | undefined;
      const winning = leadership.nextTerm(over.signal).then(
        (term) => (won = term),
        () => undefined,
      );
      await clock.advanceAsync(TTL_MS);
      expect(won?.held()).to.equal(true);
      await winning;
    });

    it('is handed over by one that was hindered while the write that won it was under way', async () => {
      bucket.entry = { revision: 1, value: 'released' };
      const write = bucket.write.bind(bucket);
      const why = new HeadframeError({ code: 'failed_precondition', reason: 'test', message: 'not to lead' });
      bucket.write = async (value, revision) => {
        if (leadership.hindrance === undefined) leadership.hinder(why);
        return write(value, revision);
      };
      const leadership = stand('a');
      await clock.advanceAsync(100);
      const term = await leadership.nextTerm(over.signal);
      const asked = term.asked.then(() => 'asked');
      expect(await Promise.race([asked, clock.advanceAsync(TTL_MS).then(() => 'led on')])).to.equal('asked');
    });
  });
