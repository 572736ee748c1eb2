import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import type { Logger } from '../../../../common/observe/logger.js';
import { Leadership } from '../../../../coordinator/leadership/index.js';
import type { Term } from '../../../../coordinator/leadership/index.js';
import { hungAfterMs } from '../../../../coordinator/leadership/lease-terms.js';
import { LinkedContest } from '../../../support/linked-contest.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryLeaseBucket } from '../../../support/memory-lease-bucket.js';

const TTL_MS = 5_000;
const HUNG_MS = 30_000;

describe('the thread that keeps the lease of leadership', () => {
  let clock: ManualClock;
  let bucket: MemoryLeaseBucket;
  let over: AbortController;
  let running: Promise<void>[];
  let lines: string[];

  beforeEach(() => {
    clock = new ManualClock();
    bucket = new MemoryLeaseBucket();
    bucket.entry = { revision: 1, value: 'released' };
    over = new AbortController();
    running = [];
    lines = [];
  });

  afterEach(async () => {
    over.abort();
    await clock.advanceAsync(4 * TTL_MS);
    await Promise.all(running);
  });

  const line = (_: object, text: string): void => void lines.push(text);
  // Of all that a logger takes, they write this alone.
  const logger = { debug: line, info: line, warn: line, error: line } as Pick<
    Logger,
    'debug' | 'info' | 'warn' | 'error'
  >;

  async function lead(): Promise<{ linked: LinkedContest; term: Term }> {
    const me = { id: 'a', address: 'a:7700' };
    const linked = new LinkedContest({ bucket, me, clock, logger }, { ttlMs: TTL_MS, hungMs: HUNG_MS });
    running.push(linked.contest.run(over.signal));
    await clock.advanceAsync(100);
    return { linked, term: await linked.contest.nextTerm(over.signal) };
  }

  function rival(): Leadership {
    const me = { id: 'b', address: 'b:7700' };
    const leadership = new Leadership({ bucket, me, clock, logger }, TTL_MS);
    running.push(leadership.run(over.signal));
    return leadership;
  }

  it('renews it while whoever acts for it stands still for many times its length', async () => {
    const { linked, term } = await lead();
    const other = rival();
    linked.hang(true);
    await clock.advanceAsync(HUNG_MS - TTL_MS);
    expect([term.held(), other.leader?.address]).to.deep.equal([true, 'a:7700']);
    linked.hang(false);
    await clock.advanceAsync(HUNG_MS);
    expect(term.held()).to.equal(true);
  });

  it('lets it run out when there was no sign of life for too long, and takes none before that term was ended', async () => {
    const { linked, term } = await lead();
    const other = rival();
    linked.hang(true);
    await clock.advanceAsync(HUNG_MS + 2 * TTL_MS);
    expect([term.held(), other.leader?.address]).to.deep.equal([false, 'b:7700']);
    expect(lines).not.to.include('this coordinator goes on');
    linked.hang(false);
    await clock.advanceAsync(TTL_MS);
    expect([term.held(), await term.lost]).to.deep.equal([false, 'lapsed']);
    expect(linked.contest.leader?.address).to.equal('b:7700');
    expect(lines).to.include('this coordinator goes on');

    const won = await other.nextTerm(over.signal);
    await other.end(won, true);
    await clock.advanceAsync(TTL_MS);
    expect(linked.contest.leader).to.equal(undefined);
    await linked.contest.end(term, false);
    await clock.advanceAsync(100);
    const next = await linked.contest.nextTerm(over.signal);
    expect([term.held(), next.held()]).to.deep.equal([false, true]);
  });

  it('takes none for who gives no sign of life', async () => {
    const { linked, term } = await lead();
    await linked.contest.end(term, true);
    linked.hang(true);
    const other = { id: 'c', address: 'c:7700' };
    for (let attempt = 0; attempt * TTL_MS < 2 * HUNG_MS; attempt += 1) {
      bucket.entry = { revision: bucket.entry.revision + 1, value: { ...other, attempt } };
      await clock.advanceAsync(TTL_MS / 2);
    }
    await clock.advanceAsync(4 * TTL_MS);
    expect(bucket.entry.value).to.include(other);
    linked.hang(false);
    await clock.advanceAsync(TTL_MS);
    expect(bucket.entry.value).to.include({ id: 'a' });
  });

  it('is gone with the term, and with whatever waits for one, when it ends by itself', async () => {
    const { linked, term } = await lead();
    linked.die(new Error('out of memory'));
    expect([term.held(), await term.lost]).to.deep.equal([false, 'thread_lost']);
    await linked.contest.end(term, true);
    const error: unknown = await linked.contest.nextTerm(over.signal).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(HeadframeError).with.property('reason', 'lease_thread_lost');
    expect(lines.some((text) => text.includes('out of memory'))).to.equal(true);
  });

  it('counts as gone when it does not answer', async () => {
    const { linked, term } = await lead();
    linked.isDeaf = true;
    const ended = linked.contest.end(term, true);
    await clock.advanceAsync(4 * TTL_MS);
    await ended;
    const error: unknown = await linked.contest.nextTerm(over.signal).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('reason', 'lease_thread_lost');
  });

  it('waits for signs of life as long as the watchdog of systemd, and longer for longer leases', () => {
    expect([hungAfterMs(5_000), hungAfterMs(60_000)]).to.deep.equal([30_000, 180_000]);
  });
});
