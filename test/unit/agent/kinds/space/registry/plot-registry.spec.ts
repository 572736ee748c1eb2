import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { decodePlotList } from '../../../../../../agent/kinds/space/format/plot-list.js';
import { lookInto } from '../../../../../../agent/kinds/space/registry/look.js';
import { listedTime } from '../../../../../../agent/kinds/space/registry/plot-list-file.js';
import { openRegistry } from '../../../../../../agent/kinds/space/registry/plot-registry.js';
import type { RegistryReport } from '../../../../../../agent/kinds/space/registry/plot-registry.js';
import { watchFolders } from '../../../../../../agent/kinds/space/registry/watch-folders.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const NOW_MS = Date.UTC(2026, 0, 6, 23, 15, 49, 120);
const clock = { ...systemClock, nowMs: () => NOW_MS };

/** A plot of `leafCount` leaves that nobody reads. */
function plotBytes(seed: number, leafCount = 4): Buffer {
  const header = encodePlotHeader({ plotSeed: Buffer.alloc(32, seed), leafCount, merkleRoot: Buffer.alloc(32, seed) });
  return Buffer.concat([header, Buffer.alloc(32 * leafCount)]);
}

/** Two folders on one disk, and what a registry over them tells. */
async function makeScene() {
  const temp = await makeTempDir();
  const folders = ['a', 'b'].map((name) => join(temp.path, name));
  for (const folder of folders) await mkdir(folder);
  const [a = '', b = ''] = folders;
  const listPath = join(temp.path, 'state', 'plots_metadata.json');
  const told: string[] = [];
  const report = (news: RegistryReport): void => {
    if (news.kind === 'plot') told.push(`${news.change.kind} ${news.change.plot.filePath.slice(temp.path.length + 1)}`);
    else if (news.kind === 'folder')
      told.push(`${news.folder.status} ${news.folder.folder.slice(temp.path.length + 1)}`);
    else told.push(news.kind);
  };
  const open = () => openRegistry({ folders, listPath }, { clock, report });
  const listed = async () => decodePlotList(await readFile(listPath, 'utf8'));
  const takeTold = () => told.splice(0);
  return { a, b, listPath, folders, open, listed, takeTold, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

describe('the registry of plots', () => {
  it('lists what folders hold, with the cache beside it, and finds nothing new the next time', async () => {
    await using scene = await makeScene();
    await writeFile(join(scene.b, 'two.plot'), plotBytes(2, 5));
    await writeFile(join(scene.a, 'one.plot'), plotBytes(1));
    await writeFile(join(scene.a, 'one.plot.cache'), '');
    await mkdir(join(scene.a, 'deeper'));
    for (const name of ['three.plot.part', 'four.dat', 'deeper/five.plot']) await writeFile(join(scene.a, name), 'x');
    const { plots, folders } = await scene.open();
    expect(plots.map(({ filePath, status, disk }) => [filePath, status, disk])).to.deep.equal([
      [join(scene.a, 'one.plot'), 'Valid', scene.a],
      [join(scene.b, 'two.plot'), 'Valid', scene.a],
    ]);
    expect(folders.map(({ status, disk }) => [status, disk])).to.deep.equal([
      ['well', scene.a],
      ['well', scene.a],
    ]);
    expect(scene.takeTold()).to.deep.equal(['found a/one.plot', 'found b/two.plot']);
    const [one, two] = await scene.listed();
    expect(one).to.include({ createdAtUtc: '2026-01-06T23:15:49.12Z', cacheFilePath: join(scene.a, 'one.plot.cache') });
    expect(two).to.include({ spaceAllocatedBytes: 121 + 5 * 32, cacheFilePath: '' });
    const again = await scene.open();
    expect(again.plots.map(({ plotId }) => plotId)).to.deep.equal([one?.plotId, two?.plotId]);
    expect(scene.takeTold()).to.deep.equal([]);
  });

  it('names what is no plot, with the offset at which it is none, and mines with the rest', async () => {
    await using scene = await makeScene();
    const at = (name: string) => join(scene.a, `${name}.plot`);
    for (const name of ['cut', 'empty', 'flipped', 'well']) await writeFile(at(name), plotBytes(1));
    await truncate(at('cut'), 150);
    await truncate(at('empty'), 0);
    await writeFile(at('flipped'), plotBytes(1).fill(255, 40, 41));
    await symlink(at('well'), at('link'));
    await mkdir(at('folder'));
    const { plots } = await scene.open();
    const found = Object.fromEntries(
      plots.map(({ filePath, problem }) => {
        const { fault, offset } = problem?.metadata ?? {};
        return [filePath.slice(scene.a.length + 1, -5), problem && [problem.reason, fault, offset].join(' ')];
      }),
    );
    expect(found).to.deep.equal({
      cut: 'plot_damaged truncated 150',
      empty: 'plot_damaged short 0',
      flipped: 'plot_damaged checksum 89',
      folder: 'plot_damaged kind 0',
      link: 'plot_damaged link 0',
      well: undefined,
    });
    expect(plots.filter(({ status }) => status === 'Valid')).to.have.length(1);
  });

  it('shows a plot that is gone as missing, what was known of it kept, until it is back or another one', async () => {
    await using scene = await makeScene();
    const [one, two] = ['one', 'two'].map((name) => join(scene.a, `${name}.plot`));
    for (const [at, path] of [one, two].entries()) await writeFile(path ?? '', plotBytes(1 + at));
    const registry = await scene.open();
    scene.takeTold();
    await rename(one ?? '', `${one ?? ''}.away`);
    await registry.look();
    expect(registry.plots[0]).to.include({ status: 'Missing', spaceAllocatedBytes: 249 });
    expect(registry.plots[0]?.problem?.reason).to.equal('plot_missing');
    expect((await scene.listed())[0]).to.include({ status: 'Missing', spaceAllocatedBytes: 249 });
    await rename(`${one ?? ''}.away`, one ?? '');
    await writeFile(two ?? '', plotBytes(3, 6));
    await registry.look();
    expect(scene.takeTold()).to.deep.equal(['lost a/one.plot', 'back a/one.plot', 'changed a/two.plot']);
    expect((await scene.listed())[1]?.merkleRoot).to.deep.equal(Buffer.alloc(32, 3));
  });

  it('shows a disk that is gone as missing, also where its empty mount point is left', async () => {
    await using scene = await makeScene();
    for (const folder of scene.folders) await writeFile(join(folder, 'p.plot'), plotBytes(1));
    const registry = await scene.open();
    scene.takeTold();
    await rm(scene.a, { recursive: true });
    await rm(join(scene.b, 'p.plot'));
    await registry.look();
    expect(registry.folders.map(({ status, problem }) => [status, problem?.reason])).to.deep.equal([
      ['missing', 'plot_folder_missing'],
      ['missing', 'plot_folder_missing'],
    ]);
    expect(registry.plots.map(({ problem }) => problem?.reason)).to.deep.equal(['plot_folder_missing', 'plot_missing']);
    expect(scene.takeTold()).to.deep.equal(['missing a', 'missing b', 'lost a/p.plot', 'lost b/p.plot']);
    await mkdir(scene.a);
    for (const folder of scene.folders) await writeFile(join(folder, 'p.plot'), plotBytes(1));
    await registry.look();
    expect(scene.takeTold()).to.deep.equal(['well a', 'well b', 'back a/p.plot', 'back b/p.plot']);
  });

  it('believes the disk where the list says otherwise, and tries again what the list calls bad', async () => {
    await using scene = await makeScene();
    for (const name of ['one', 'two']) await writeFile(join(scene.a, `${name}.plot`), plotBytes(1));
    await scene.open();
    const text = await readFile(scene.listPath, 'utf8');
    const wrong = text
      .replace('"Valid"', '"Corrupted"')
      .replace(/"spaceAllocatedBytes": 249,(?![^]*249)/, '"spaceAllocatedBytes": 7,');
    await writeFile(scene.listPath, wrong);
    scene.takeTold();
    const { plots } = await scene.open();
    expect(plots.map(({ status }) => status)).to.deep.equal(['Valid', 'Valid']);
    expect(scene.takeTold()).to.deep.equal(['back a/one.plot', 'changed a/two.plot']);
    expect(await readFile(scene.listPath, 'utf8')).to.equal(text);
  });

  it('sets a damaged list aside and finds the plots again', async () => {
    await using scene = await makeScene();
    await writeFile(join(scene.a, 'one.plot'), plotBytes(1));
    const registry = await scene.open();
    for (const bad of ['[', '{}', '']) await openAfter(bad);
    async function openAfter(bad: string) {
      await writeFile(scene.listPath, bad);
      scene.takeTold();
      expect((await scene.open()).plots).to.have.length(registry.plots.length);
      expect(scene.takeTold()).to.deep.equal(['list-damaged', 'found a/one.plot']);
    }
    expect(await readdir(join(scene.listPath, '..'))).to.have.members([
      'plots_metadata.json',
      'plots_metadata.json.corrupt.20260106231549',
    ]);
  });

  it('takes a plot off the list', async () => {
    await using scene = await makeScene();
    await writeFile(join(scene.a, 'one.plot'), plotBytes(1));
    const registry = await scene.open();
    expect(await registry.remove('nobody')).to.equal(undefined);
    const { plotId } = registry.plots[0] ?? {};
    expect((await registry.remove(plotId ?? ''))?.plotId).to.equal(plotId);
    expect([registry.plots, await scene.listed()]).to.deep.equal([[], []]);
    expect(existsSync(join(scene.a, 'one.plot'))).to.equal(true);
  });

  it('looks at once at what changes, and at nothing once it is stopped', async () => {
    await using scene = await makeScene();
    const registry = await scene.open();
    const stop = new AbortController();
    const pause = (ms: number) => systemClock.sleep(ms, new AbortController().signal);
    // No minute passes.
    const still = { ...clock, setTimer: () => () => undefined, sleep: () => Promise.resolve() };
    let looks = 0;
    let isOver = false;
    const looked = new Promise<void>((settle) => {
      const counted = {
        look: async () => {
          looks += 1;
          await registry.look();
          if (registry.plots.length > 0) settle();
        },
        get folders() {
          return registry.folders;
        },
      };
      void watchFolders(counted, still, stop.signal).then(() => (isOver = true));
    });
    await writeFile(join(scene.a, 'one.plot.part'), plotBytes(1));
    await pause(50);
    expect(looks).to.equal(0);
    await rename(join(scene.a, 'one.plot.part'), join(scene.a, 'one.plot'));
    await looked;
    await pause(50);
    expect(isOver).to.equal(false);
    stop.abort();
    await pause(0);
    expect(isOver).to.equal(true);
  }).timeout(10_000);

  it('waits for no disk that hangs, asks it nothing more, and takes what it says once it answers', async () => {
    await using scene = await makeScene();
    await writeFile(join(scene.a, 'one.plot'), plotBytes(1));
    let isHung = true;
    const hung = { ...clock, setTimer: (fn: () => void) => (isHung && fn(), () => undefined) };
    const { folders, listPath } = scene;
    const registry = await openRegistry({ folders, listPath }, { clock: hung, report: () => undefined });
    expect(registry.folders.map(({ status, problem }) => [status, problem?.reason])).to.deep.equal([
      ['unreadable', 'plot_folder_unreadable'],
      ['unreadable', 'plot_folder_unreadable'],
    ]);
    isHung = false;
    await registry.look();
    expect([registry.folders[0]?.status, registry.plots.length]).to.deep.equal(['well', 1]);
    isHung = true;
    await registry.look();
    expect(registry.plots.map(({ status, problem }) => [status, problem?.reason])).to.deep.equal([
      ['Missing', 'plot_folder_unreadable'],
    ]);
  });

  it('leaves out what a folder has too much of, and says so', async () => {
    await using scene = await makeScene();
    for (const name of ['a', 'b', 'c']) await writeFile(join(scene.a, `${name}.plot`), plotBytes(1));
    const { plots, problem } = await lookInto(scene.a, new Map(), 2);
    expect([plots.length, problem?.reason]).to.deep.equal([2, 'plot_folder_too_full']);
  });

  it('writes times as the reference does', () => {
    const times = ['2026-01-06T23:15:49.000Z', '2026-01-06T23:15:50.100Z', '2026-01-06T23:10:00.000Z'];
    expect(times.map((time) => listedTime(Date.parse(time)))).to.deep.equal([
      '2026-01-06T23:15:49Z',
      '2026-01-06T23:15:50.1Z',
      '2026-01-06T23:10:00Z',
    ]);
  });
});
