import { expect } from 'chai';
import { recordFacts } from '../../../../coordinator/follower/record-facts.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';

describe('what a follower knows of a miner by its records', () => {
  it('tells why an instance waits that was looked at in the millisecond in which it was made', async () => {
    const { fleet, clock } = await openFleetFixture();
    const serial = addMiner(fleet, { name: 'alpha', replicas: 1 }, 1);
    const whyNow = () => recordFacts(fleet, clock).scheduler.why('alpha')?.reason;
    expect(whyNow()).to.equal('queued');
    fleet.transact((tx) => {
      tx.updateInstance(serial, { reason: 'no_hosts', text: 'There are no hosts.' });
    });
    expect(whyNow()).to.equal('no_hosts');
  });
});
