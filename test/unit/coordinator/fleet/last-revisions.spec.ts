import { expect } from 'chai';
import { LastRevisions } from '../../../../coordinator/fleet/last-revisions.js';
import type { StoreChange } from '../../../../coordinator/store/store.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleMiner } from '../../../support/fleet-samples.js';

describe('The revision of a record', () => {
  it('is that of its last change, over a restart, and nothing undone changes it', async () => {
    const { fleet, store } = await openFleetFixture();
    addMiner(fleet, { name: 'alpha' }, 1, 1);
    addMiner(fleet, { name: 'beta' }, 1, 2);
    fleet.transact((tx) => tx.putHost(sampleHost('host-1')));
    fleet.transact((tx) => tx.putMiner(sampleMiner({ name: 'alpha', replicas: 2 }, { workloadId: 1 })));
    expect(() =>
      fleet.transact((tx) => {
        tx.putMiner(sampleMiner({ name: 'beta', replicas: 9 }, { workloadId: 2 }));
        throw new Error('no');
      }),
    ).to.throw('no');
    // Of an instance, and not of its miner.
    fleet.transact((tx) => tx.updateInstance(1, { text: 'waits' }));
    await fleet.transact(() => undefined).durable;
    const { fleet: again } = await openFleetFixture(store.reopen());
    for (const one of [fleet, again])
      expect([one.revisionOfMiner('alpha'), one.revisionOfMiner('beta'), one.revisionOfHost('host-1')]).to.deep.equal([
        4, 2, 3,
      ]);
  });

  it('is that of the start, which is never too low, where the store does not tell it', () => {
    const dated = new LastRevisions({ revision: 7, lastRevisions: new Map([['miner', new Map([['alpha', 3]])]]) });
    expect([dated.of('miner', 'alpha'), dated.of('miner', 'beta'), dated.of('host', 'alpha')]).to.deep.equal([3, 7, 7]);
    const take = (revision: number, ...changes: StoreChange[]): void => {
      dated.take({ revision, atMs: 0, changes, events: [] });
    };
    take(8, { kind: 'document', table: 'miner', key: 'beta', value: {} });
    take(9, { kind: 'document', table: 'setting', key: 'alpha', value: {} });
    expect([dated.of('miner', 'alpha'), dated.of('miner', 'beta')]).to.deep.equal([3, 8]);
    // One of the same name that comes later is another.
    take(10, { kind: 'documentRemoved', table: 'miner', key: 'alpha' });
    take(11, { kind: 'document', table: 'miner', key: 'alpha', value: {} });
    expect(dated.of('miner', 'alpha')).to.equal(11);
  });
});
