import { expect } from 'chai';
import { parseManifest, specToManifest } from '../../../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../../../common/model/miner.js';

const smallest = { kind: 'container', name: 'xmr', container: { image: 'xmr:1' } };

function parsed(parts: object): MinerSpec {
  const result = parseManifest({ ...smallest, ...parts });
  if ('violations' in result) throw new Error(JSON.stringify(result.violations));
  return result.value;
}

function refusedPaths(parts: object): string[] {
  const result = parseManifest({ ...smallest, ...parts });
  return 'violations' in result ? result.violations.map(({ path }) => path) : [];
}

describe("a manifest's update policy", () => {
  it('takes counts and percentages, and gives them back as they were', () => {
    const update = { maxUnavailable: 2, maxSurge: '50%', minHealthy: '1m', progressDeadline: '0s', autoRollback: true };
    const spec = parsed({ update });
    expect(spec.update).to.deep.equal({
      maxUnavailable: { kind: 'count', value: 2 },
      maxSurge: { kind: 'percent', value: 50 },
      minHealthyMs: 60_000,
      progressDeadlineMs: 0,
      autoRollback: true,
    });
    expect(specToManifest(spec).update).to.deep.equal(update);
  });

  const refused: readonly [string, object, string][] = [
    ['a surge with an identity', { identity: 'k', update: { maxSurge: 1 } }, 'update.maxSurge'],
    ['neither a missing instance nor a surge', { update: { maxUnavailable: 0 } }, 'update.maxUnavailable'],
    ['more than everything', { update: { maxSurge: '101%' } }, 'update.maxSurge'],
    ['a share without its sign', { update: { maxSurge: '10' } }, 'update.maxSurge'],
    [
      'a deadline that no instance can meet',
      { update: { minHealthy: '1m', progressDeadline: '1m' } },
      'update.progressDeadline',
    ],
  ];
  for (const [what, parts, path] of refused)
    it(`refuses ${what}`, () => expect(refusedPaths(parts)).to.deep.equal([path]));
});

describe("a manifest's retry policy", () => {
  it('allows more failures the higher the priority, unless it says how many', () => {
    const allowed = ['background', 'low', 'normal', 'high', 'critical'].map(
      (priority) => parsed({ priority }).retry.maxFailures,
    );
    expect(allowed).to.deep.equal([3, 5, 10, 20, 40]);
    expect(parsed({ priority: 900, retry: { maxFailures: 0 } }).retry.maxFailures).to.equal(0);
  });

  it('leaves out on printing what goes by priority anyway', () => {
    for (const priority of [100, 500, 900]) {
      expect(specToManifest(parsed({ priority }))).to.not.have.property('retry');
      const manifest = specToManifest(parsed({ priority, retry: { maxFailures: 7 } }));
      expect(manifest).to.have.nested.property('retry.maxFailures', 7);
      expect(parsed(manifest).priority).to.equal(priority);
    }
  });

  it('refuses what is out of bounds', () => {
    expect(refusedPaths({ retry: { maxFailures: 101 } })).to.deep.equal(['retry.maxFailures']);
    expect(refusedPaths({ retry: { window: '0s' } })).to.deep.equal(['retry.window']);
  });
});
