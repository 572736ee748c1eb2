import { expect } from 'chai';
import { eventsOf } from '../../../../coordinator/fleet/index.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';

describe('the events of a commit', () => {
  async function told(act: Parameters<Awaited<ReturnType<typeof openFleetFixture>>['fleet']['transact']>[0]) {
    const { fleet, clock } = await openFleetFixture();
    addMiner(fleet, {}, 2);
    clock.advance(1);
    let commit: StoreCommit | undefined;
    fleet.onApplied((applied) => (commit = applied));
    fleet.transact(act);
    if (commit === undefined) throw new Error('nothing was committed');
    return eventsOf(commit);
  }

  it('tell each transition with its reason and the severity of that', async () => {
    const events = await told((tx) => {
      tx.updateInstance(1, { state: 'assigned', hostId: 'h', reason: 'placed', text: 'There was room.' });
      tx.updateInstance(2, { state: 'failed', hostId: 'h', reason: 'image_not_found', text: 'gone' });
    });
    const common = { revision: 2, atMs: events[0]?.atMs, subject: 'instance', miner: 'alpha', hostId: 'h' };
    expect(events).to.deep.equal([
      { ...common, id: 'alpha-1', reason: 'placed', text: 'There was room.', severity: 'info', state: 'assigned' },
      { ...common, id: 'alpha-2', reason: 'image_not_found', text: 'gone', severity: 'error', state: 'failed' },
    ]);
  });

  it('leave out changes that people are not told', async () => {
    expect(await told((tx) => tx.updateInstance(1, { containerId: 'c' }))).to.deep.equal([]);
    expect(await told((tx) => tx.removeInstance(1))).to.deep.equal([]);
  });

  it('begin with what the transaction itself told, filled in', async () => {
    const [event] = await told((tx) => {
      tx.event({ subject: 'miner', id: 'alpha', reason: 'miner_scaled', text: 'to 3' });
      tx.updateInstance(1, { reason: 'no_hosts' });
    });
    expect(event).to.include({ revision: 2, miner: 'alpha', hostId: '', state: '', severity: 'info' });
  });
});
