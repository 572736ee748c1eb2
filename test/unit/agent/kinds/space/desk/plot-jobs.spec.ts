import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openJobs } from '../../../../../../agent/kinds/space/desk/plot-jobs.js';
import type { JobProgress } from '../../../../../../agent/kinds/space/desk/plot-jobs.js';
import type { PlotJob, PlotNote } from '../../../../../../agent/kinds/space/desk/plot-word.js';
import { HeadframeError } from '../../../../../../common/model/error.js';
import { expectReason } from '../../../../../support/expect-reason.js';
import { ManualClock } from '../../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';
import { waitFor } from '../../../../../support/wait-for.js';

function jobOf(id: string, endedAtMs = 0): PlotJob {
  const state = endedAtMs === 0 ? 'waiting' : 'done';
  const figures = { doneBytes: 0, totalBytes: 100, bytesPerS: 0, reason: '', text: '', createdAtMs: 1, endedAtMs };
  return { id, kind: 'make', path: `/d/${id}.plot`, state, ...figures };
}

/** Work that goes as the test says. */
interface Work {
  readonly job: PlotJob;
  readonly progress: (doneBytes: number) => void;
  readonly done: () => void;
  readonly fail: (error: Error) => void;
}

async function makeScene() {
  const temp = await makeTempDir();
  const path = join(temp.path, 'jobs.json');
  const clock = new ManualClock();
  const [works, notes]: [Work[], PlotNote[]] = [[], []];
  const work = (job: PlotJob, onProgress: (progress: JobProgress) => void, signal: AbortSignal): Promise<void> =>
    new Promise((done, fail) => {
      const progress = (doneBytes: number): void =>
        onProgress({ doneBytes, totalBytes: 100, bytesPerS: 5, leftS: 1.5 });
      works.push({ job, progress, done, fail });
      signal.addEventListener('abort', () => fail(new Error('aborted')));
    });
  const open = () => openJobs({ path, work, onNote: (note) => void notes.push(note), clock });
  const workOf = (id: string) => waitFor(`work on ${id}`, () => works.findLast(({ job }) => job.id === id));
  return { path, clock, works, notes, open, workOf, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

describe('the jobs of plots', () => {
  it('are done one at a time in their order, told of with their rate, and noted at their end', async () => {
    await using scene = await makeScene();
    const [jobs, stop] = [await scene.open(), new AbortController()];
    const running = jobs.run(stop.signal);
    for (const id of ['a', 'b']) await jobs.add(jobOf(id));
    const a = await scene.workOf('a');
    a.progress(40);
    expect(jobs.all[0]).to.include({ state: 'running', doneBytes: 40, bytesPerS: 5, leftS: 2 });
    expect(jobs.all[1]).to.include({ state: 'waiting' });
    expect(scene.works).to.have.length(1);
    a.done();
    const b = await scene.workOf('b');
    expect(jobs.all[0]).to.include({ state: 'done', doneBytes: 100, leftS: 0 });
    b.fail(new HeadframeError({ code: 'resource_exhausted', reason: 'plot_disk_full', message: 'full' }));
    await waitFor('the failure', () => jobs.all[1]?.state === 'failed');
    expect(jobs.all[1]).to.include({ reason: 'plot_disk_full', text: 'full' });
    expect(scene.notes).to.deep.equal([
      { reason: 'plot_made', text: '/d/a.plot' },
      { reason: 'plot_job_failed', text: '/d/b.plot: full' },
    ]);
    stop.abort();
    await running;
    expect(scene.clock.pendingTimers).to.equal(0);
  });

  it('are done again when they failed and that is asked for, and in no other state', async () => {
    await using scene = await makeScene();
    const [jobs, stop] = [await scene.open(), new AbortController()];
    const running = jobs.run(stop.signal);
    await jobs.add(jobOf('a'));
    const first = await scene.workOf('a');
    await expectReason(jobs.retry('a'), 'plot_job_not_failed');
    first.progress(60);
    first.fail(new HeadframeError({ code: 'resource_exhausted', reason: 'plot_disk_full', message: 'full' }));
    await waitFor('the failure', () => jobs.all[0]?.state === 'failed');
    expect(await jobs.retry('a')).to.include({ id: 'a', state: 'waiting', reason: '', text: '', endedAtMs: 0 });
    const again = await waitFor('the second work', () => scene.works[1]);
    // The same job: its file goes on from what is made.
    expect(again.job).to.include({ id: 'a', path: first.job.path });
    again.done();
    await waitFor('the end', () => jobs.all[0]?.state === 'done');
    await expectReason(jobs.retry('a'), 'plot_job_not_failed');
    expect(await jobs.retry('nobody')).to.equal(undefined);
    stop.abort();
    await running;
    expect((await scene.open()).all.map(({ state }) => state)).to.deep.equal(['done']);
  });

  it('are gone on with after a kill, and those that are over stay over', async () => {
    await using scene = await makeScene();
    const stop = new AbortController();
    const before = await scene.open();
    const running = before.run(stop.signal);
    for (const id of ['a', 'b', 'c']) await before.add(jobOf(id));
    (await scene.workOf('a')).done();
    await scene.workOf('b');
    // As the file was when all ended at once.
    const text = await readFile(scene.path, 'utf8');
    stop.abort();
    await running;
    await writeFile(scene.path, text);
    const after = await scene.open();
    const again = new AbortController();
    const next = after.run(again.signal);
    await waitFor('b again', () => scene.works.length === 3);
    expect(scene.works.map(({ job }) => job.id)).to.deep.equal(['a', 'b', 'b']);
    expect(after.all.map(({ state }) => state)).to.deep.equal(['done', 'running', 'waiting']);
    again.abort();
    await next;
    expect(after.all[1]?.state).to.equal('running');
  });

  it('are ended once nothing works on them any more, and forgotten once they are over', async () => {
    await using scene = await makeScene();
    const [jobs, stop] = [await scene.open(), new AbortController()];
    const running = jobs.run(stop.signal);
    for (const id of ['a', 'b']) await jobs.add(jobOf(id));
    await scene.workOf('a');
    expect(await jobs.end('a')).to.include({ id: 'a', state: 'ended' });
    await scene.workOf('b');
    expect(jobs.all[0]?.state).to.equal('ended');
    expect((await jobs.end('a'))?.state).to.equal('ended');
    expect(jobs.all.map(({ id }) => id)).to.deep.equal(['b']);
    expect(await jobs.end('nobody')).to.equal(undefined);
    expect((await scene.open()).all.map(({ id }) => id)).to.deep.equal(['b']);
    expect(scene.notes).to.deep.equal([]);
    stop.abort();
    await running;
  });

  it('tell once of a disk that takes nothing for a minute, until it does again', async () => {
    await using scene = await makeScene();
    const [jobs, stop] = [await scene.open(), new AbortController()];
    const running = jobs.run(stop.signal);
    await jobs.add(jobOf('a'));
    const a = await scene.workOf('a');
    a.progress(40);
    scene.clock.advance(59_999);
    // The same again is no progress.
    a.progress(40);
    expect(jobs.all[0]?.reason).to.equal('');
    scene.clock.advance(1);
    expect(jobs.all[0]).to.include({ state: 'running', reason: 'plot_stalled' });
    scene.clock.advance(600_000);
    expect(scene.notes).to.deep.equal([{ reason: 'plot_stalled', text: '/d/a.plot' }]);
    a.progress(41);
    expect(jobs.all[0]).to.include({ reason: '', text: '' });
    stop.abort();
    await running;
  });

  it('are not taken where they cannot be written down', async () => {
    await using scene = await makeScene();
    const jobs = await scene.open();
    await jobs.add(jobOf('a'));
    await rm(join(scene.path, '..'), { recursive: true });
    await writeFile(join(scene.path, '..'), 'no folder');
    const failure = await jobs.add(jobOf('b')).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Error);
    expect(jobs.all.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('are kept, the last hundred that are over, and a damaged file leaves none', async () => {
    await using scene = await makeScene();
    const jobs = await scene.open();
    await jobs.add(jobOf('open'));
    for (let at = 1; at <= 102; at += 1) await jobs.add(jobOf(`over-${String(at)}`, at));
    expect(jobs.all).to.have.length(101);
    expect(jobs.all.map(({ id }) => id)).to.include.members(['open', 'over-3', 'over-102']);
    await writeFile(scene.path, '[{');
    expect((await scene.open()).all).to.deep.equal([]);
    expect(await readFile(`${scene.path}.corrupt`, 'utf8')).to.equal('[{');
  });
});
