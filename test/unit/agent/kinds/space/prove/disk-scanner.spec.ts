import { expect } from 'chai';
import { Counters } from '../../../../../../agent/kinds/space/prove/counters.js';
import { DiskScanner } from '../../../../../../agent/kinds/space/prove/disk-scanner.js';
import { scanDisks } from '../../../../../../agent/kinds/space/prove/scan-disks.js';
import type { PathJob, ScanJob, ThreadJob } from '../../../../../../agent/kinds/space/prove/scan-job.js';
import { unitAt } from '../../../../../../agent/kinds/space/prove/scan-job.js';
import { ManualClock } from '../../../../../support/manual-clock.js';
import { expectReason } from '../../../../../support/expect-reason.js';

const UNIT = 65_536;
const TIMEOUT_MS = 4_000;
const FAR = 1e9;

function plots(...leafCounts: readonly number[]) {
  return leafCounts.map((leafCount, at) => ({ path: `/d/${String(at)}`, leafCount, headerHash: Buffer.alloc(32) }));
}

function scene(threads: number) {
  const clock = new ManualClock();
  const jobs: (ScanJob | undefined)[] = [];
  const paths: { thread: number; job: PathJob }[] = [];
  const post = (thread: number) => (job: ThreadJob) => {
    if (job.kind === 'scan') jobs[thread] = job;
    else paths.push({ thread, job });
  };
  const posts = Array.from({ length: threads }, (_, thread) => ({ post: post(thread) }));
  const scanner = new DiskScanner(posts, clock, TIMEOUT_MS);
  const leaf = (thread: number, plot: number, score: number, index = 0) => {
    const found = { leaf: Buffer.alloc(32), score: Buffer.alloc(32, score) };
    scanner.hear(thread, { job: jobs[thread]?.id ?? 0, kind: 'best', plot, index, ...found });
  };
  const answer = (thread: number, plot: number) =>
    scanner.hear(thread, { job: jobs[thread]?.id ?? 0, kind: 'answered', plot });
  const end = (thread: number) => scanner.hear(thread, { job: jobs[thread]?.id ?? 0, kind: 'ended' });
  const scan = (leafCounts: readonly number[], deadlineMs = FAR, signal = new AbortController().signal) =>
    scanner.scan({ challenge: Buffer.alloc(32), plots: plots(...leafCounts), deadlineMs, signal });
  return { clock, jobs, paths, scanner, leaf, answer, end, scan };
}

describe('the scan of a disk', () => {
  it('cuts plots into units in the order in which they stand', () => {
    const listed = plots(UNIT + 1, 3, 2 * UNIT);
    const units = Array.from({ length: 6 }, (_, at) => unitAt(listed, at));
    expect(units).to.deep.equal([
      { plot: 0, first: 0, count: UNIT },
      { plot: 0, first: UNIT, count: 1 },
      { plot: 1, first: 0, count: 3 },
      { plot: 2, first: 0, count: UNIT },
      { plot: 2, first: UNIT, count: UNIT },
      undefined,
    ]);
  });

  it('gives the lowest score, and of equals the plot that is listed first and its first leaf', async () => {
    const { scan, leaf, answer, end } = scene(2);
    const outcome = scan([1, 1, 1]);
    leaf(0, 2, 7);
    leaf(1, 1, 7, 5);
    leaf(1, 1, 7, 4);
    leaf(0, 0, 8);
    for (const plot of [0, 1, 2]) answer(0, plot);
    [0, 1].forEach(end);
    expect(await outcome).to.deep.include({ end: 'whole', answered: [0, 1, 2], failed: [] });
    expect((await outcome).best).to.deep.include({ plot: 1, index: 4 });
  });

  it('gives the best so far at the deadline, and has the threads end', async () => {
    const { clock, scan, leaf, answer, jobs } = scene(1);
    const outcome = scan([1, 1], 1_000);
    leaf(0, 0, 3);
    answer(0, 0);
    const shared = jobs[0]?.shared;
    expect(shared && new Counters(1, shared).isStopped).to.equal(false);
    await clock.advanceAsync(1_000);
    expect(await outcome).to.deep.include({ end: 'deadline', answered: [0], tookMs: 1_000, plotMs: new Map([[0, 0]]) });
    expect((await outcome).best?.plot).to.equal(0);
    expect(shared && new Counters(1, shared).isStopped).to.equal(true);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('does not wait for a read that takes too long, nor start another before it is over', async () => {
    const { clock, scan, leaf, answer, end, jobs } = scene(2);
    const first = scan([1, 1]);
    leaf(1, 1, 9);
    answer(1, 1);
    end(1);
    await clock.advanceAsync(TIMEOUT_MS - 1);
    let isOver = false;
    void first.then(() => (isOver = true));
    await clock.advanceAsync(0);
    expect(isOver).to.equal(false);
    await clock.advanceAsync(TIMEOUT_MS / 4 + 1);
    expect(await first).to.deep.include({ end: 'stalled', answered: [1] });
    const held = jobs[0];
    const second = scan([1]);
    expect(jobs[0]).to.equal(held);
    answer(1, 0);
    end(1);
    expect((await second).end).to.equal('whole');
    end(0);
    const third = scan([1]);
    expect(jobs[0]?.id).to.equal(jobs[1]?.id);
    end(1);
    answer(0, 0);
    end(0);
    expect((await third).end).to.equal('whole');
  });

  it('goes on as long as reads end in time, however long all of them take', async () => {
    const { clock, scan, answer, end, jobs } = scene(1);
    const outcome = scan([1]);
    const shared = jobs[0]?.shared;
    for (let round = 0; round < 10; round += 1) {
      if (shared) new Counters(1, shared).beat(0);
      await clock.advanceAsync(TIMEOUT_MS - 1_000);
    }
    answer(0, 0);
    end(0);
    expect(await outcome).to.deep.include({ end: 'whole', tookMs: 30_000 });
  });

  it('of a disk that holds all threads ends at once', async () => {
    const { clock, scan } = scene(1);
    const first = scan([1]);
    await clock.advanceAsync(2 * TIMEOUT_MS);
    await first;
    expect(await scan([1])).to.deep.include({ end: 'stalled', best: undefined, tookMs: 0 });
  });

  it('ends when a newer challenge comes, and takes nothing of the older one for it', async () => {
    const { scan, scanner, leaf, answer, end, jobs } = scene(2);
    const first = scan([1]);
    leaf(0, 0, 5);
    const old = jobs[0]?.id ?? 0;
    const second = scan([1]);
    expect(await first).to.deep.include({ end: 'deadline' });
    scanner.hear(0, { job: old, kind: 'best', plot: 0, index: 0, leaf: Buffer.alloc(32), score: Buffer.alloc(32) });
    for (const thread of [0, 1]) scanner.hear(thread, { job: old, kind: 'ended' });
    answer(0, 0);
    [0, 1].forEach(end);
    expect(await second).to.deep.include({ best: undefined, answered: [0], end: 'whole' });
  });

  it('is ended by a signal, also by one that is aborted before', async () => {
    const stop = new AbortController();
    const outcome = scene(1).scan([1], FAR, stop.signal);
    stop.abort();
    expect((await outcome).end).to.equal('deadline');
    expect((await scene(1).scan([1], FAR, stop.signal)).end).to.equal('deadline');
  });
});

describe('the path of a leaf on a disk', () => {
  const plot = {
    path: '/d/0',
    leafCount: 1,
    headerHash: Buffer.alloc(32),
    merkleRoot: Buffer.alloc(32),
    cachePath: undefined,
  };
  const found = { kind: 'path', siblings: [Uint8Array.of(1)], siblingIsRight: [true] } as const;
  const wish = { plot, index: 3, deadlineMs: FAR, signal: new AbortController().signal };

  it('comes from one thread, and from another one while the first is held', async () => {
    const { clock, scanner, paths } = scene(2);
    const first = scanner.path(wish);
    expect(paths.map(({ thread, job }) => [thread, job.index])).to.deep.equal([[0, 3]]);
    scanner.hear(0, { job: paths[0]?.job.id ?? 0, ...found });
    expect(await first).to.deep.equal({
      path: { siblings: [Buffer.of(1)], siblingIsRight: [true] },
      cacheProblem: undefined,
    });
    const held = scanner.path(wish);
    const gone = expectReason(held, 'plot_unreadable');
    await clock.advanceAsync(1.25 * TIMEOUT_MS);
    await gone;
    const second = scanner.path(wish);
    expect(paths.at(-1)?.thread).to.equal(1);
    scanner.hear(1, { job: paths.at(-1)?.job.id ?? 0, ...found });
    await second;
    expect(clock.pendingTimers).to.equal(0);
  });

  it('takes as long as it takes while reads end in time, but no longer than the deadline', async () => {
    const { clock, scanner, paths } = scene(1);
    const late = expectReason(scanner.path({ ...wish, deadlineMs: 3 * TIMEOUT_MS }), 'plot_unreadable');
    const counters = new Counters(1, paths[0]?.job.shared ?? []);
    for (let round = 0; round < 4; round += 1) {
      counters.beat(0);
      expect(counters.isStopped).to.equal(false);
      await clock.advanceAsync(0.75 * TIMEOUT_MS);
    }
    await late;
    expect(counters.isStopped).to.equal(true);
  });

  it('is refused as the thread refuses it, and ended by a signal', async () => {
    const { scanner, paths } = scene(1);
    const refused = expectReason(scanner.path(wish), 'plot_damaged');
    scanner.hear(0, { job: paths[0]?.job.id ?? 0, kind: 'no-path', reason: 'plot_damaged', message: 'm' });
    await refused;
    const stop = new AbortController();
    const ended = scanner.path({ ...wish, signal: stop.signal }).catch((error: unknown) => error);
    stop.abort(new Error('newer'));
    expect(await ended).to.have.property('message', 'newer');
  });
});

describe('the scan of a host', () => {
  it('gives the best of all disks by the places of plots on the host, and tells how many answered', async () => {
    const disk = (...scores: readonly (number | undefined)[]) => ({
      scan: async () => {
        const failed = scores.flatMap((score, plot) =>
          score === undefined ? [{ plot, reason: 'r', message: 'm' }] : [],
        );
        const answered = scores.flatMap((score, plot) => (score === undefined ? [] : [plot]));
        const leaves = scores.flatMap((score, plot) =>
          score === undefined ? [] : [{ plot, index: 0, leaf: Buffer.alloc(32), score: Buffer.alloc(32, score) }],
        );
        const plotMs = new Map(answered.map((plot) => [plot, 10 + plot]));
        return { best: leaves[0], answered, failed, end: 'whole' as const, tookMs: 1, plotMs };
      },
    });
    const listed = (...places: readonly number[]) =>
      plots(...places.map(() => 1)).map((plot, at) => ({ place: places[at] ?? 0, plot }));
    const outcome = await scanDisks(
      [
        { scanner: disk(4), plots: listed(3) },
        { scanner: disk(4, undefined), plots: listed(1, 2) },
        { scanner: disk(5), plots: listed(0) },
      ],
      { challenge: Buffer.alloc(32), deadlineMs: 1, signal: new AbortController().signal },
    );
    expect(outcome).to.deep.include({ answered: 3, plots: 4, failed: [{ plot: 2, reason: 'r', message: 'm' }] });
    expect(outcome.bests.map(({ disk, plot }) => [disk, plot])).to.deep.equal([
      [1, 1],
      [0, 3],
      [2, 0],
    ]);
    expect([...(outcome.disks[1]?.plotMs ?? [])]).to.deep.equal([[1, 10]]);
  });
});
