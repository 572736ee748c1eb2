import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { clientConfigPath, readClientConfig, writeClientConfig } from '../../../../common/config/index.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { makeTempDir } from '../../../support/temp-dir.js';

describe('client configuration', () => {
  it('is empty while there is no file, and reads back what was written', async () => {
    await using dir = await makeTempDir();
    const path = join(dir.path, 'deep', 'config.yaml');
    expect(await readClientConfig(path)).to.deep.equal({ contexts: {} });
    const config = { currentContext: 'home', contexts: { home: { address: '127.0.0.1:7700' } } };
    await writeClientConfig(path, config);
    expect(await readClientConfig(path)).to.deep.equal(config);
  });

  it('names the file and the place of what is wrong', async () => {
    await using dir = await makeTempDir();
    const path = join(dir.path, 'config.yaml');
    await writeFile(path, 'contexts: {a: {adress: "x:1"}}');
    const error = await readClientConfig(path).catch((thrown: unknown) => thrown);
    if (!(error instanceof HeadframeError)) throw new Error('expected a HeadframeError');
    expect(error.violations.map(({ document, path: at }) => [document, at])).to.deep.include([
      path,
      'contexts.a.adress',
    ]);
  });

  it('stands where the user keeps configuration', () => {
    expect(clientConfigPath({ HOME: '/home/u' })).to.equal('/home/u/.config/headframe/config.yaml');
    expect(clientConfigPath({ HOME: '/home/u', XDG_CONFIG_HOME: '/x' })).to.equal('/x/headframe/config.yaml');
    expect(clientConfigPath({ HOME: '/home/u', HEADFRAME_CONFIG: '/y.yaml' })).to.equal('/y.yaml');
  });
});
