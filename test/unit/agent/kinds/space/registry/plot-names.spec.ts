import { link as hardLink, mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { encodePlotHeader } from '../../../../../../agent/kinds/space/format/plot-header.js';
import { decodePlotList } from '../../../../../../agent/kinds/space/format/plot-list.js';
import { lookInto } from '../../../../../../agent/kinds/space/registry/look.js';
import { matchPlots } from '../../../../../../agent/kinds/space/registry/match-plots.js';
import { openRegistry } from '../../../../../../agent/kinds/space/registry/plot-registry.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

/** A plot of four leaves that nobody reads. */
function plotBytes(seed: number): Buffer {
  const header = { plotSeed: Buffer.alloc(32, seed), leafCount: 4, merkleRoot: Buffer.alloc(32, seed) };
  return Buffer.concat([encodePlotHeader(header), Buffer.alloc(128)]);
}

describe('the names of plots', () => {
  it('lists a plot once, by the first folder that has it, whatever links and names lead to it', async () => {
    await using temp = await makeTempDir();
    const [a, b] = [join(temp.path, 'a'), join(temp.path, 'b')];
    for (const folder of [a, b]) await mkdir(folder);
    const listPath = join(temp.path, 'plots_metadata.json');
    const [link, copies] = [`${a}-link`, { clock: systemClock, report: () => undefined }];
    await symlink(a, link);
    for (const name of ['one', 'two']) await writeFile(join(a, `${name}.plot`), plotBytes(1));
    await hardLink(join(a, 'one.plot'), join(b, 'other.plot'));
    // As those had it listed who named the link alone.
    const before = await openRegistry({ folders: [`${link}/.././a-link/`], listPath }, copies);
    expect(before.plots.map(({ filePath }) => filePath)).to.deep.equal([
      join(link, 'one.plot'),
      join(link, 'two.plot'),
    ]);
    const ids = before.plots.map(({ plotId }) => plotId);
    const { plots, folders } = await openRegistry({ folders: [a, `${a}/`, link, b], listPath }, copies);
    expect(plots.map(({ plotId, filePath, status }) => [plotId, filePath, status])).to.deep.equal([
      [ids[0], join(a, 'one.plot'), 'Valid'],
      [ids[1], join(a, 'two.plot'), 'Valid'],
    ]);
    expect(
      folders.map(({ folder, sameAs, realPath, problem }) => [folder, sameAs, realPath, problem?.reason]),
    ).to.deep.equal([
      [a, undefined, await realpath(a), undefined],
      [link, a, await realpath(a), 'plot_folder_twice'],
      [b, undefined, await realpath(b), undefined],
    ]);
    expect(decodePlotList(await readFile(listPath, 'utf8'))).to.have.length(2);
  });

  it('keeps plots apart that a file system gives one number', async () => {
    await using temp = await makeTempDir();
    const [one, two] = ['one', 'two'].map((name) => join(temp.path, `${name}.plot`));
    for (const [at, path] of [one, two].entries()) await writeFile(path ?? '', plotBytes(1 + at));
    const look = await lookInto(temp.path, new Map());
    const looks = [{ ...look, plots: look.plots.map((plot) => ({ ...plot, identity: '1:1' })) }];
    let ids = 0;
    const entry = { newId: () => String((ids += 1)), nowUtc: '' };
    const { plots } = matchPlots([], { looks, strays: new Map() }, entry);
    expect(plots.map(({ filePath }) => filePath)).to.deep.equal([one, two]);
  });
});
