import { expect } from 'chai';
import { minerSpecToWire } from '../../../../common/wire/client.js';
import { applying } from '../../../../coordinator/api/miner-changes.js';
import { Scopes } from '../../../../coordinator/api/scope.js';
import { containerKind } from '../../../../coordinator/kinds/container/index.js';
import { DEFAULT_POLICY } from '../../../../coordinator/policy/policy.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../support/fleet-samples.js';

const ADA = {
  caller: { role: 'operator', name: 'ada', credential: '' },
  metadata: { get: () => undefined },
  signal: new AbortController().signal,
} as const;

describe('applying miners that are to be new', () => {
  it('makes one of those asked for at once, and changes none that is there', async () => {
    const { fleet } = await openFleetFixture();
    let seen: () => void = () => undefined;
    const bothSeen = new Promise<void>((resolve) => (seen = resolve));
    let asked = 0;
    const moduleMiners = {
      // Until both are past whatever is looked at first.
      complete: async <T>(specs: T): Promise<T> => {
        asked += 1;
        if (asked === 2) seen();
        await bothSeen;
        return specs;
      },
    };
    const modelMiners = { complete: <T>(specs: T): Promise<T> => Promise.resolve(specs) };
    const kinds = new Map([['container', containerKind]]);
    const parts = {
      fleet,
      kinds,
      scopes: new Scopes(fleet),
      policy: { current: DEFAULT_POLICY },
      moduleMiners,
      modelMiners,
    };
    const apply = applying(parts, { revisionOfMiner: () => undefined });
    const ask = (priority: number, newOnly = true) =>
      apply({ miners: [minerSpecToWire(sampleSpec({ priority }))], newOnly }, ADA);
    const [first, second] = await Promise.allSettled([ask(400), ask(700)]);
    expect([first.status, second.status]).to.deep.equal(['fulfilled', 'rejected']);
    expect(fleet.miner(sampleSpec().name)?.spec.priority).to.equal(400);
    await expectReason(ask(500), 'miner_exists');
    await ask(500, false);
    expect(fleet.miner(sampleSpec().name)?.spec.priority).to.equal(500);
  });
});
