import { join } from 'node:path';
import { expect } from 'chai';
import { openPlots } from '../../../../../../agent/kinds/space/alone/open-plots.js';
import { defaultSettings, spaceSettingsSchema } from '../../../../../../agent/kinds/space/alone/settings-schema.js';
import { systemClock } from '../../../../../../common/model/clock.js';
import { makeSmallPlot } from '../../../../../support/space/small-plot.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const LEAVES = 5000;

describe('the plots of a stand-alone miner', () => {
  it('are scanned by the strategy of its settings', async () => {
    await using temp = await makeTempDir();
    await makeSmallPlot(join(temp.path, 'one.plot'), Buffer.alloc(32, 7), LEAVES, 3);
    const places = { plotDirectory: temp.path, plotMetadataPath: join(temp.path, 'list.json') };
    const indices = async (scanStrategy: string): Promise<Set<number>> => {
      const settings = spaceSettingsSchema.parse({ ...defaultSettings(temp.path), ...places, scanStrategy });
      const { prover } = await openPlots(settings, systemClock, () => undefined);
      const found = new Set<number>();
      for (let byte = 1; byte <= 8; byte += 1) {
        const goal = { challenge: Buffer.alloc(32, byte), epoch: 1n };
        const proof = await prover.prove(goal, new AbortController().signal);
        found.add(Number(proof?.proof.leafIndex ?? -1));
      }
      prover.close();
      return found;
    };
    // Of five samples each stands a thousand leaves behind the one before.
    expect([...(await indices('sampling:5'))].filter((index) => index % (LEAVES / 5) !== 0)).to.deep.equal([]);
    expect([...(await indices('full'))].filter((index) => index % (LEAVES / 5) !== 0)).not.to.deep.equal([]);
  });
});
