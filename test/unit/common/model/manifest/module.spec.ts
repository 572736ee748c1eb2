import { expect } from 'chai';
import { parseManifest, specToFullManifest, specToManifest } from '../../../../../common/model/manifest/index.js';
import { minerSpecFromWire, minerSpecToWire } from '../../../../../common/wire/client.js';

const CHAIN = {
  ...{ network: 'local', netuid: 3, wallet: 'farm', hotkey: 'one', leastStake: '1000' },
  register: { highestPrice: '2000000000', again: 'when_pruned' },
  serve: { port: 'axon' },
};
const WRITTEN = {
  kind: 'module',
  name: 'worker',
  module: {
    ...{ name: 'translator', role: 'miner', commit: 'a'.repeat(40) },
    settings: { '--netuid': '3', BATCH_SIZE: '8' },
    secrets: { API_KEY: 'backend' },
    env: { HF_HOME: '/data' },
    args: ['--fast'],
    chain: CHAIN,
  },
  container: { mounts: [{ target: '/data', volume: 'models' }] },
};

function parsed(manifest: object) {
  const result = parseManifest(manifest);
  if ('violations' in result) throw new Error(JSON.stringify(result.violations));
  return result.value;
}

function refusedAt(manifest: object): string[] {
  const result = parseManifest(manifest);
  return 'violations' in result ? result.violations.map(({ path }) => path).sort() : [];
}

describe('the manifest of a module', () => {
  it('comes back as it was written, whatever the coordinator has made of it', () => {
    const spec = parsed(WRITTEN);
    expect(specToManifest(spec)).to.deep.equal(WRITTEN);
    const build = { content: `sha256:${'b'.repeat(64)}`, bytes: 10, dockerfile: '', recipe: 'FROM x\n', base: 'x' };
    const secrets = [
      { name: 'backend', path: '/run/headframe/settings/backend', mode: 0o400, onRotate: 'restart' as const },
    ];
    const made = {
      image: 'headframe/module-translator:0123-miner',
      command: ['python'],
      args: ['--fast'],
      env: { A: '1' },
    };
    const complete = {
      ...spec,
      container: { ...spec.container, ...made, secrets },
      ...(spec.module === undefined ? {} : { module: { ...spec.module, build } }),
    };
    expect(specToManifest(complete)).to.deep.equal(WRITTEN);
    expect(parsed(specToFullManifest(complete))).to.deep.equal(complete);
    expect(minerSpecFromWire(minerSpecToWire(complete))).to.deep.equal(complete);
  });

  it('makes its hotkey the identity, so that it runs once and stops when it is cut off', () => {
    expect(parsed(WRITTEN)).to.include({ identity: 'hotkey:farm/one', onDisconnect: 'stop' });
    expect(refusedAt({ ...WRITTEN, replicas: 2 })).to.deep.equal(['replicas']);
    expect(refusedAt({ ...WRITTEN, identity: 'another' })).to.deep.equal(['identity']);
  });

  it('is refused by field: sections of another kind, short commits, amounts with a fraction, what is named twice', () => {
    expect(refusedAt({ kind: 'module', name: 'worker' })).to.deep.equal(['module']);
    const container = { image: 'a:1' };
    expect(refusedAt({ ...WRITTEN, kind: 'container', container })).to.deep.equal(['module']);
    expect(refusedAt({ kind: 'container', name: 'worker', container: {} })).to.deep.equal(['container.image']);
    const module = { ...WRITTEN.module, commit: 'abc', chain: { ...CHAIN, leastStake: '1.5' } };
    expect(refusedAt({ ...WRITTEN, module })).to.deep.equal(['module.chain.leastStake', 'module.commit']);
    const twice = { ...WRITTEN.module, env: { API_KEY: 'open' } };
    expect(refusedAt({ ...WRITTEN, module: twice })).to.deep.equal(['module.env.API_KEY']);
  });
});
