import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { tellOfNewPlot } from '../../../../../../agent/kinds/space/alone/plot-list.js';
import { placesOf } from '../../../../../../agent/kinds/space/alone/presence.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { makeSmallPlot } from '../../../../../support/space/small-plot.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

describe('the list of a stand-alone miner', () => {
  it('has a plot that was made under another name of its folder, and none from elsewhere', async () => {
    await using temp = await makeTempDir();
    const at = (name: string): string => join(temp.path, name);
    for (const folder of ['real', 'elsewhere']) await mkdir(at(folder));
    await symlink(at('real'), at('link'));
    for (const folder of ['real', 'elsewhere'])
      await makeSmallPlot(at(`${folder}/one.plot`), Buffer.alloc(32, 7), 4, 3);
    const settings = { plotDirectory: at('link'), plotMetadataPath: at('list.json') };
    const parts = { settings, places: placesOf(at('miner.yaml')), clock: systemClock, remark: () => undefined };
    expect(await tellOfNewPlot(parts, at('real/one.plot'))).to.equal(true);
    expect(await tellOfNewPlot(parts, at('link/one.plot'))).to.equal(true);
    expect(await tellOfNewPlot(parts, at('elsewhere/one.plot'))).to.equal(false);
  });
});
