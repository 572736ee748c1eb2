import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { mergeCommits } from '../../../../coordinator/api/merge-commits.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';

describe('mergeCommits', () => {
  it('keeps the last of each record and names the miners and hosts concerned', async () => {
    const { fleet } = await openFleetFixture();
    const commits: StoreCommit[] = [];
    fleet.onApplied((commit) => commits.push(commit));
    const [first, second] = [addMiner(fleet, {}, 1), addMiner(fleet, { name: 'beta' }, 1, 2)];
    assign(fleet, first, 'host-1');
    fleet.transact((tx) => tx.updateInstance(first, { state: 'failed', reason: 'exited_error' }));
    fleet.transact((tx) => {
      tx.removeInstance(first);
    });
    fleet.transact((tx) => {
      tx.putHost(sampleHost('host-2'));
    });
    const { miners, hosts, instances } = mergeCommits(commits);
    expect([...miners]).to.deep.equal(['alpha', 'beta']);
    expect([...hosts]).to.deep.equal(['host-1', 'host-2']);
    expect([...instances.keys()]).to.deep.equal([first, second]);
    expect(instances.get(first)).to.include({ removed: true, revision: fleet.revision - 1 });
    expect(instances.get(first)?.record).to.include({ miner: 'alpha', state: 'failed' });
    expect(instances.get(second)).to.include({ removed: false });
  });

  it('refuses to go back over a removal of which nothing more is known', () => {
    const commit: StoreCommit = { revision: 7, atMs: 0, events: [], changes: [{ kind: 'instanceRemoved', serial: 1 }] };
    expect(() => mergeCommits([commit]))
      .to.throw(HeadframeError)
      .with.property('reason', 'revision_compacted');
  });
});
