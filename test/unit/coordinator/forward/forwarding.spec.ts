import { expect } from 'chai';
import { forwardTarget, isForwarded } from '../../../../coordinator/forward/forwarding.js';

describe('what a follower hands on', () => {
  const leader = { id: 'a', address: 'c1.example:7700', takesForwarded: true };

  it('goes to the one that leads and says that it takes it, and in clear to none but this machine', () => {
    expect(forwardTarget(leader, true)).to.equal('c1.example:7700');
    expect(forwardTarget(undefined, true)).to.equal(undefined);
    expect(forwardTarget({ id: 'a', address: 'c1.example:7700' }, true)).to.equal(undefined);
    expect(forwardTarget({ ...leader, takesForwarded: false }, true)).to.equal(undefined);
    expect(forwardTarget(leader, false)).to.equal(undefined);
    for (const address of ['127.0.0.1:7700', '[::1]:7700', 'localhost:7700'])
      expect(forwardTarget({ ...leader, address }, false)).to.equal(address);
  });

  it('is everything but what agents ask', () => {
    expect(isForwarded('/headframe.v1.FleetService/ApplyMiners')).to.equal(true);
    expect(isForwarded('/headframe.v1.LaterService/Anything')).to.equal(true);
    for (const name of ['Session', 'Tunnel', 'FetchContent'])
      expect(isForwarded(`/headframe.v1.AgentService/${name}`)).to.equal(false);
  });
});
