import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { joinRequestOf } from '../../../../agent/commands/join-flags.js';
import { prepareJoin } from '../../../../agent/service/prepare-join.js';
import { loadAgentConfig } from '../../../../common/config/index.js';
import { Deeds } from '../../../../common/service/deeds.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const FLAGS = `--coordinator c.example:7700 --token ab.cd --authority sha256:${'0a'.repeat(32)}`;

describe('joining as a part of an installation', () => {
  it('leaves the line in an image, for its machines to join by, where nobody else can read it', async () => {
    await using temp = await makeTempDir();
    const deeds = new Deeds({ dryRun: false, say: () => undefined });
    const request = joinRequestOf({ join: `headframe agent join ${FLAGS}` });
    if (request === undefined) throw new Error('the line says to join');
    const config = loadAgentConfig({ file: '/dev/null', env: {} });
    const unit = 'headframe-agent.service';
    await prepareJoin({ config, request, unit, root: temp.path, say: () => undefined }, deeds);
    const file = join(temp.path, 'etc/credstore/headframe-join');
    expect(await readFile(file, 'utf8')).to.equal(`${FLAGS}\n`);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    await deeds.undoAll();
    expect(existsSync(file)).to.equal(false);
  });
});
