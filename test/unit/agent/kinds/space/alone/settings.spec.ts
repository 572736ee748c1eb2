import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { loadSettings, nodesOf, settingsFile } from '../../../../../../agent/kinds/space/alone/settings.js';
import { defaultSettings } from '../../../../../../agent/kinds/space/alone/settings-schema.js';
import { toHeadframeError } from '../../../../../../common/model/error.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const HOME = '/home/someone';

/** What a file and variables come to. */
async function load(change: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) {
  await using folder = await makeTempDir();
  const file = join(folder.path, 'miner.yaml');
  await writeFile(file, stringify({ ...defaultSettings(HOME), ...change }));
  return await loadSettings({ file, env, home: HOME });
}

/** The fields that are refused, each with the file or variable it stood in. */
async function refusals(change: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) {
  const error = await load(change, env).then(() => undefined, toHeadframeError);
  return error?.violations.map(({ path, document }) => [path, document?.replace(/.*\//, '')]);
}

describe('the settings of a stand-alone space miner', () => {
  it('are written where there are none: the keys of the reference in its order, at any path, for the owner alone', async () => {
    await using folder = await makeTempDir();
    const file = join(folder.path, 'new', 'miner.yaml');
    const first = await loadSettings({ file, env: {}, home: HOME });
    expect(first.remarks).to.have.length(1);
    const text = await readFile(file, 'utf8');
    expect(Object.entries(parse(text) as object)).to.deep.equal([
      ['plotDirectory', '/home/someone/.spacetime/plots'],
      ['plotMetadataPath', '/home/someone/.spacetime/plots_metadata.json'],
      ['nodeAddress', '127.0.0.1'],
      ['nodePort', 8333],
      ['privateKeyPath', '/home/someone/.spacetime/miner_key.dat'],
      ['networkId', 'testnet'],
      ['maxConcurrentProofs', 1],
      ['proofGenerationTimeoutSeconds', 60],
      ['connectionRetryIntervalSeconds', 5],
      ['maxConnectionRetries', 10],
      ['enablePerformanceMonitoring', true],
      ['chainStoragePath', '/home/someone/.spacetime/storage'],
    ]);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const again = await loadSettings({ file, env: {}, home: HOME });
    expect([again.remarks, again.settings]).to.deep.equal([[], first.settings]);
    expect(settingsFile({ file: undefined, home: HOME })).to.equal('/home/someone/.spacetime/miner.yaml');
  });

  it('take what variables say over the file, and an empty text as it is', async () => {
    const env = {
      SPACETIME_MINER_PLOT_DIRECTORY: '/a',
      SPACETIME_MINER_NODE_ADDRESS: '10.0.0.1',
      SPACETIME_MINER_NODE_PORT: ' 9000 ',
      SPACETIME_MINER_ENABLE_PERFORMANCE_MONITORING: 'False',
      SPACETIME_MINER_PROOF_GENERATION_TIMEOUT_SECONDS: '7',
    };
    const { settings } = await load({}, env);
    expect(settings).to.include({
      ...{ plotDirectory: '/a', nodeAddress: '10.0.0.1', nodePort: 9000 },
      ...{ enablePerformanceMonitoring: false, proofGenerationTimeoutSeconds: 7 },
    });
    expect(await refusals({}, { SPACETIME_MINER_NETWORK_ID: '' })).to.deep.equal([
      ['networkId', 'SPACETIME_MINER_NETWORK_ID'],
    ]);
  });

  it('ignore a number or a switch that a variable does not name, and say so', async () => {
    const { settings, remarks } = await load(
      { nodePort: 8444 },
      { SPACETIME_MINER_NODE_PORT: 'many', SPACETIME_MINER_ENABLE_PERFORMANCE_MONITORING: '1' },
    );
    expect([settings.nodePort, settings.enablePerformanceMonitoring, remarks.length]).to.deep.equal([8444, true, 2]);
  });

  for (const key of ['plotDirectory', 'plotMetadataPath', 'nodeAddress', 'privateKeyPath', 'networkId'])
    it(`must have ${key} in the file, whatever a variable says`, async () => {
      const variable = `SPACETIME_MINER_${key.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
      expect(await refusals({ [key]: undefined }, { [variable]: '/x' })).to.deep.equal([[key, 'miner.yaml']]);
    });

  it('have defaults for the keys that the reference does not insist on', async () => {
    const { settings } = await load({
      nodePort: undefined,
      maxConnectionRetries: undefined,
      chainStoragePath: undefined,
    });
    expect([settings.nodePort, settings.maxConnectionRetries, settings.defaultDifficulty]).to.deep.equal([
      8333, 10, 1000,
    ]);
  });

  it('name all keys that are not known or hold what they cannot, and where', async () => {
    const wrong = { plotDirektory: '/x', nodePort: 0, nodeAddress: 'a b', collectTransactions: 'yes' };
    expect(await refusals(wrong)).to.have.deep.members([
      ['plotDirektory', 'miner.yaml'],
      ['nodePort', 'miner.yaml'],
      ['nodeAddress', 'miner.yaml'],
      ['collectTransactions', 'miner.yaml'],
    ]);
    expect(await refusals({}, { SPACETIME_MINER_NODE_PORT: '70000' })).to.deep.equal([
      ['nodePort', 'SPACETIME_MINER_NODE_PORT'],
    ]);
  });

  it('name several nodes, each with its own port or the usual one', async () => {
    const { settings } = await load({ nodeAddress: '10.0.0.1, node.example:8444,[2001:db8::1]:9,::1', nodePort: 7 });
    expect(nodesOf(settings)).to.deep.equal([
      { host: '10.0.0.1', port: 7 },
      { host: 'node.example', port: 8444 },
      { host: '2001:db8::1', port: 9 },
      { host: '::1', port: 7 },
    ]);
    for (const nodeAddress of ['', ',', 'a,', 'a:0', 'a:70000', '[10.0.0.1]:5', 'a:b:c'])
      expect(await refusals({ nodeAddress }), nodeAddress).to.deep.equal([['nodeAddress', 'miner.yaml']]);
  });
});
