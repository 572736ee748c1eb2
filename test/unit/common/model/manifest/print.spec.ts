import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  diffSpecs,
  parseManifest,
  parseManifests,
  specToFullManifest,
  specToManifest,
} from '../../../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../../../common/model/miner.js';
import { anyMinerSpec } from '../../../../support/arbitraries/miner-spec.js';

const parsed = (data: unknown): MinerSpec => {
  const result = parseManifest(data);
  if ('violations' in result) throw new Error(JSON.stringify(result.violations));
  return result.value;
};
const smallest = { kind: 'container', name: 'xmr', container: { image: 'xmr:1' } };

describe('the printed manifest', () => {
  it('is parsed back to the same spec, tidy or in full', () => {
    fc.assert(
      fc.property(anyMinerSpec, (spec) => {
        expect(parsed(specToManifest(spec))).to.deep.equal(spec);
        expect(parsed(specToFullManifest(spec))).to.deep.equal(spec);
      }),
    );
  });

  it('is read back from its YAML and its JSON', () => {
    fc.assert(
      fc.property(anyMinerSpec, (spec) => {
        const files = [JSON.stringify, stringify].map((print) => ({ name: 'f', text: print(specToManifest(spec)) }));
        for (const file of files) expect(parseManifests([file])).to.deep.equal({ specs: [spec] });
      }),
      { numRuns: 50 },
    );
  });

  it('leaves every default out', () => {
    expect(specToManifest(parsed(smallest))).to.deep.equal(smallest);
  });

  it('keeps what differs from its default, in its shortest form', () => {
    const manifest = {
      ...smallest,
      priority: 'high',
      container: { image: 'xmr:1', ports: [{ container: 8080 }], env: { A: '1' } },
      resources: { memory: '1GiB' },
      health: { http: { port: 8080 }, interval: '30s' },
      identity: 'hotkey',
      strategy: 'spread',
      restart: 'never',
    };
    expect(specToManifest(parsed(manifest))).to.deep.equal(manifest);
  });
});

describe('the difference of two specs', () => {
  it('is empty between a spec and itself', () => {
    fc.assert(fc.property(anyMinerSpec, (spec) => diffSpecs(spec, spec).length === 0));
  });

  it('names each changed field with both values in the words of the manifest', () => {
    const before = parsed({ ...smallest, container: { image: 'xmr:1', env: { A: '1', B: '2' }, args: ['x'] } });
    const after = parsed({
      ...smallest,
      container: { image: 'xmr:2', env: { A: '1', toString: '3' }, args: ['x', 'y'] },
      resources: { memory: '1GiB' },
      identity: 'k',
    });
    expect(diffSpecs(before, after)).to.deep.equal([
      { path: 'container.image', before: 'xmr:1', after: 'xmr:2' },
      { path: 'container.args[1]', before: undefined, after: 'y' },
      { path: 'container.env.B', before: '2', after: undefined },
      { path: 'container.env.toString', before: undefined, after: '3' },
      { path: 'resources.memory', before: '512MiB', after: '1GiB' },
      { path: 'onDisconnect', before: 'keep', after: 'stop' },
      { path: 'identity', before: undefined, after: 'k' },
    ]);
  });
});
