import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { describeWithNetworks } from '../../support/network-node.js';
import { lifeOf } from '../../support/running-fleet.js';
import { IslandFleet } from './island-fleet.js';

describeWithNetworks('a host that is cut off for less than its lease', function () {
  this.timeout(120_000);
  let islands: IslandFleet;
  before(async () => {
    islands = await IslandFleet.open({ hosts: 2, heartbeatPeriod: '500ms', leaseLength: '30s' });
  });
  after(() => islands.close());

  for (const cut of ['both', 'out', 'in'] as const)
    it(`goes on with all that it runs, identities too, and nothing moves (${cut})`, async () => {
      const { fleet } = islands;
      const name = `crew-${cut}`;
      await fleet.apply({ name, replicas: 4, strategy: 'spread' }, { name: `key-${cut}`, identity: `key-${cut}` });
      await fleet.running(name, 4);
      await fleet.running(`key-${cut}`, 1);
      const before = (await fleet.containers()).map(lifeOf);
      const host = (await islands.holders()).get(`key-${cut}`) ?? '';
      await islands.node(host).cut(cut);
      await fleet.until('it to be suspect', async () => (await fleet.host(host)).state === HostState.SUSPECT);
      await sleep(2_000);
      await islands.node(host).mend();
      await fleet.hostsReady(2);
      await fleet.running(name, 4);
      expect((await fleet.containers()).map(lifeOf)).to.deep.equal(before);
      expect((await fleet.instances(name, { ended: true })).map(({ restarts }) => restarts)).to.deep.equal([
        0, 0, 0, 0,
      ]);
      await fleet.remove(name, `key-${cut}`);
    });
});
