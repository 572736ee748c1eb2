import { existsSync, statfsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { PlotsOrderSchema, HostPlotsSchema, PlotJobState } from '../../../../../../common/gen/headframe/v1/plot_pb.js';
import { noteOf } from '../../../../../../agent/kinds/space/desk/plot-notes.js';
import { answerAsk, jobWorker } from '../../../../../../agent/kinds/space/desk/plot-work.js';
import type { PlotAsk, PlotJob } from '../../../../../../agent/kinds/space/desk/plot-word.js';
import { FolderProbes } from '../../../../../../agent/kinds/space/desk/probe-folder.js';
import { serveOrder } from '../../../../../../agent/kinds/space/desk/serve-order.js';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { openRegistry } from '../../../../../../agent/kinds/space/registry/plot-registry.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { expectReason } from '../../../../../support/expect-reason.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const MIB = 1024 * 1024;

/** A host with one folder of plots, with one plot in it. */
async function makeScene() {
  const temp = await makeTempDir();
  const path = join(temp.path, 'one.plot');
  const plot = { plotSeed: Buffer.alloc(32, 1), leafCount: 4, merkleRoot: Buffer.alloc(32, 2) };
  await writeFile(path, Buffer.concat([encodePlotHeader(plot), Buffer.alloc(128)]));
  await writeFile(`${path}.cache`, 'x');
  const options = { folders: [temp.path], keepFreeBytes: 0 };
  const tools = { clock: systemClock, report: () => undefined };
  const registry = await openRegistry({ ...options, listPath: join(temp.path, 'state', 'list.json') }, tools);
  const all: PlotJob[] = [];
  const jobs = {
    all,
    add: (job: PlotJob) => Promise.resolve(void all.push(job)),
    retry: (id: string) => Promise.resolve(all.find((job) => job.id === id)),
    end: (id: string) => Promise.resolve(all.find((job) => job.id === id)),
  };
  const probes = new FolderProbes(systemClock);
  const ask = (asked: PlotAsk, more = {}, over = registry) =>
    answerAsk({ options: { ...options, ...more }, registry: over, jobs, probes, clock: systemClock }, asked);
  const make = (sizeBytes: number, folder = '') =>
    ({ kind: 'make', sizeBytes, folder, cacheLevels: 0, minerKey: '' }) as const;
  return {
    folder: temp.path,
    path,
    registry,
    all,
    ask,
    make,
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

describe('what is asked of the plots of a host', () => {
  it('is answered with plots, folders and jobs as they are now', async () => {
    await using scene = await makeScene();
    const { folders, plots } = await scene.ask({ kind: 'list' });
    expect(folders[0]).to.include({ path: scene.folder, status: 'well', disk: scene.folder });
    expect(folders[0]?.freeBytes).to.be.greaterThan(0);
    expect(plots[0]).to.include({ path: scene.path, status: 'valid', leafCount: 4, merkleRoot: '02'.repeat(32) });
    await writeFile(scene.path, 'x');
    expect((await scene.ask({ kind: 'list' })).plots[0]).to.include({ status: 'damaged', reason: 'plot_damaged' });
  });

  it('makes plots of 100 MiB and more in the folders that are allowed, with a key and a seed of their own', async () => {
    await using scene = await makeScene();
    const [job] = (await scene.ask(scene.make(100 * MIB + 31))).jobs;
    expect(job).to.include({ kind: 'make', state: 'waiting', totalBytes: 100 * MIB });
    expect(dirname(job?.path ?? '')).to.equal(scene.folder);
    expect(job?.path).to.match(/\/plot_[0-9a-f]{32}\.plot$/);
    const [other] = (await scene.ask({ ...scene.make(100 * MIB, scene.folder), minerKey: '11'.repeat(32) })).jobs;
    expect(other?.making).to.include({ minerKey: '11'.repeat(32), leafCount: 3_276_800 });
    const values = [job?.making?.minerKey, job?.making?.plotSeed, other?.making?.plotSeed];
    expect(new Set(values).size).to.equal(3);
    await expectReason(scene.ask(scene.make(100 * MIB - 1)), 'plot_too_small');
    for (const folder of ['/', `${scene.folder}/..`, dirname(scene.folder)])
      await expectReason(scene.ask(scene.make(100 * MIB, folder)), 'plot_folder_not_allowed');
    expect(scene.all).to.have.length(2);
  });

  it('makes plots in a folder by whatever name it has, under the first of its names', async () => {
    await using temp = await makeTempDir();
    const [link, real] = [join(temp.path, 'link'), join(temp.path, 'real')];
    await mkdir(real);
    await symlink(real, link);
    await using scene = await makeScene();
    for (const folders of [
      [link, real],
      [real, link],
    ]) {
      const listPath = join(temp.path, 'list.json');
      const registry = await openRegistry({ folders, listPath }, { clock: systemClock, report: () => undefined });
      for (const folder of [link, real, `${link}/`, `${temp.path}/link/../real`]) {
        const [job] = (await scene.ask(scene.make(100 * MIB, folder), { folders }, registry)).jobs;
        expect(dirname(job?.path ?? ''), folder).to.equal(folders[0]);
      }
      await expectReason(scene.ask(scene.make(100 * MIB, temp.path), { folders }, registry), 'plot_folder_not_allowed');
    }
  });

  it('makes none that would fill the disk, beside what waits and what is to stay free', async () => {
    await using scene = await makeScene();
    const { bavail, bsize } = statfsSync(scene.folder);
    const free = bavail * bsize;
    // Others write to this disk, too.
    const half = Math.floor(free / 2) + 200 * MIB;
    await expectReason(scene.ask(scene.make(half), { keepFreeBytes: half }), 'plot_disk_full');
    await scene.ask(scene.make(half));
    await expectReason(scene.ask(scene.make(half)), 'plot_disk_full');
    scene.all[0] = { ...(scene.all[0] ?? jobOf('a')), state: 'failed' };
    await scene.ask(scene.make(half));
  });

  it('takes plots off the list, with their files where that is asked for, but none that is being read', async () => {
    await using scene = await makeScene();
    const id = scene.registry.plots[0]?.plotId ?? '';
    const [check] = (await scene.ask({ kind: 'check', plotId: id })).jobs;
    expect(check).to.include({ kind: 'check', path: scene.path });
    await expectReason(scene.ask({ kind: 'drop', id, deleteFile: true }), 'plot_busy');
    expect((await scene.ask({ kind: 'drop', id: check?.id ?? '', deleteFile: true })).jobs).to.deep.equal([check]);
    scene.all.splice(0);
    await scene.ask({ kind: 'drop', id, deleteFile: false });
    expect([scene.registry.plots, existsSync(scene.path)]).to.deep.equal([[], true]);
    await scene.registry.look();
    const again = scene.registry.plots[0]?.plotId ?? '';
    await expectReason(
      scene.ask({ kind: 'drop', id: again, deleteFile: true }, { folders: ['/elsewhere'] }),
      'plot_folder_not_allowed',
    );
    expect((await scene.ask({ kind: 'drop', id: again, deleteFile: true })).plots[0]?.path).to.equal(scene.path);
    expect([existsSync(scene.path), existsSync(`${scene.path}.cache`)]).to.deep.equal([false, false]);
  });

  it('knows a plot that had its name already when a kill ended its making, whatever its folder is called now', async () => {
    await using scene = await makeScene();
    const work = jobWorker(
      { threads: 1, bytesPerSecond: undefined, keepFreeBytes: 0 },
      { ...scene, clock: systemClock },
    );
    const making = { minerKey: '01'.repeat(32), plotSeed: '02'.repeat(32), leafCount: 4, cacheLevels: 0 };
    const { signal } = new AbortController();
    await writeFile(`${scene.path}.part.json`, '{}');
    for (const path of [scene.path, join(scene.folder, 'other', 'one.plot')])
      await work({ ...jobOf('a'), path, making }, () => undefined, signal);
    expect([`${scene.path}.part.json`, join(scene.folder, 'other')].map((name) => existsSync(name))).to.deep.equal([
      ...[false, false],
    ]);
  });

  it('counts a plot as damaged that a check finds so, however often it is looked at, until its file is another', async () => {
    await using scene = await makeScene();
    const whole = await readFile(scene.path);
    const work = jobWorker(
      { threads: 1, bytesPerSecond: undefined, keepFreeBytes: 0 },
      { ...scene, clock: systemClock },
    );
    const checked = work(
      { ...jobOf('a'), kind: 'check', path: scene.path },
      () => undefined,
      new AbortController().signal,
    );
    await expectReason(checked, 'plot_damaged');
    await scene.registry.look();
    expect(scene.registry.plots[0]).to.include({ status: 'Corrupted' });
    expect(scene.registry.plots[0]?.problem).to.include({ reason: 'plot_damaged' });
    const id = scene.registry.plots[0]?.plotId ?? '';
    expect((await scene.ask({ kind: 'check', plotId: id })).jobs[0]).to.include({ kind: 'check', path: scene.path });
    const problem = scene.registry.plots[0]?.problem;
    await scene.registry.judge(scene.path, undefined);
    expect(scene.registry.plots[0]).to.include({ status: 'Valid' });
    await scene.registry.judge(scene.path, problem);
    expect(scene.registry.plots[0]).to.include({ status: 'Corrupted' });
    await rm(scene.path);
    await writeFile(scene.path, whole);
    await scene.registry.look();
    expect(scene.registry.plots[0]).to.include({ status: 'Valid' });
  });

  it('ends a job with what was made of it', async () => {
    await using scene = await makeScene();
    const [job] = (await scene.ask(scene.make(100 * MIB))).jobs;
    const parts = ['.part', '.part.json', '.cache.part'].map((end) => `${job?.path ?? ''}${end}`);
    for (const part of parts) await writeFile(part, 'x');
    await scene.ask({ kind: 'drop', id: job?.id ?? '', deleteFile: false });
    expect(parts.map((part) => existsSync(part))).to.deep.equal([true, true, true]);
    await scene.ask({ kind: 'drop', id: job?.id ?? '', deleteFile: true });
    expect(parts.map((part) => existsSync(part))).to.deep.equal([false, false, false]);
  });

  it('is refused for what is not there', async () => {
    await using scene = await makeScene();
    await expectReason(scene.ask({ kind: 'check', plotId: 'x' }), 'plot_not_found');
    await expectReason(scene.ask({ kind: 'drop', id: 'x', deleteFile: true }), 'plot_not_found');
    await writeFile(scene.path, 'x');
    await scene.registry.look();
    const plotId = scene.registry.plots[0]?.plotId ?? '';
    await expectReason(scene.ask({ kind: 'check', plotId }), 'plot_damaged');
  });
});

function jobOf(id: string): PlotJob {
  const figures = { doneBytes: 5, totalBytes: 100, bytesPerS: 2.5, leftS: 38, createdAtMs: 1, endedAtMs: 0 };
  return { id, kind: 'make', path: `/d/${id}.plot`, state: 'running', ...figures, reason: '', text: '' };
}

describe('an order of the coordinator about plots', () => {
  const order = (value: MessageInitShape<typeof PlotsOrderSchema>) => create(PlotsOrderSchema, value);
  const none = { folders: [], plots: [], jobs: [] };

  it('is asked of the process, and its answer put on the wire', async () => {
    const asked: PlotAsk[] = [];
    const ask = (one: PlotAsk) => {
      asked.push(one);
      return Promise.resolve({ ...none, jobs: [jobOf('a')] });
    };
    const minerKey = Buffer.alloc(33, 5);
    const make = { sizeBytes: 7n, folder: '/d', cacheLevels: 3, minerKey };
    const bytes = await serveOrder(order({ order: { case: 'make', value: make } }), ask);
    await serveOrder(order({ order: { case: 'check', value: { plotId: 'p' } } }), ask);
    await serveOrder(order({ order: { case: 'drop', value: { id: 'p', deleteFile: true } } }), ask);
    expect(asked).to.deep.equal([
      { kind: 'make', sizeBytes: 7, folder: '/d', cacheLevels: 3, minerKey: '05'.repeat(32) },
      { kind: 'check', plotId: 'p' },
      { kind: 'drop', id: 'p', deleteFile: true },
    ]);
    const [job] = fromBinary(HostPlotsSchema, bytes).jobs;
    expect(job).to.include({ id: 'a', state: PlotJobState.RUNNING, doneBytes: 5n, bytesPerS: 3n, leftS: 38n });
  });

  it('is refused where there are no folders, and for what cannot be meant', async () => {
    await expectReason(serveOrder(order({ order: { case: 'list', value: {} } }), undefined), 'plots_disabled');
    const ask = () => Promise.resolve(none);
    for (const value of [{ minerKey: Buffer.alloc(31) }, { cacheLevels: 21 }])
      await expectReason(serveOrder(order({ order: { case: 'make', value } }), ask), 'request_invalid');
    await expectReason(serveOrder(order({}), ask), 'request_invalid');
  });
});

describe('the news of plots', () => {
  it('are told with a reason of their own', async () => {
    await using scene = await makeScene();
    const [plot] = scene.registry.plots;
    if (plot === undefined) throw new Error('there is no plot');
    const kinds = ['found', 'back', 'changed', 'damaged', 'lost'] as const;
    expect(kinds.map((kind) => noteOf({ kind: 'plot', change: { kind, plot } }).reason)).to.deep.equal([
      ...['plot_found', 'plot_back', 'plot_changed', 'plot_damaged', 'plot_missing'],
    ]);
    const folder = { folder: '/d', disk: undefined };
    const states = ['well', 'missing', 'unreadable'] as const;
    expect(states.map((status) => noteOf({ kind: 'folder', folder: { ...folder, status } }).reason)).to.deep.equal([
      ...['plot_folder_back', 'plot_folder_missing', 'plot_folder_unreadable'],
    ]);
  });
});
