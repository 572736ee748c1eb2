import { expect } from 'chai';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { describeWithDocker, dockerSocket } from '../../support/docker.js';
import { RunningFleet } from '../../support/running-fleet.js';

const QUICK = ['--heartbeat-period', '500ms', '--lease-length', '2s', '--mass-loss-share', '1'];

describeWithDocker('a host whose engine is called over the network, so that no guard can work', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  let line: Server;
  before(async () => {
    line = createServer((near) => {
      const far = connect(dockerSocket);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
    // A listening TCP server has an address with a port.
    const { port } = line.address() as AddressInfo;
    fleet = await RunningFleet.open({ beta: {} }, { coordinator: QUICK });
    // The later of two values counts.
    await fleet.startAgent('alpha', { flags: ['--docker-socket', `tcp://127.0.0.1:${String(port)}`] });
    await fleet.hostsReady(2);
  });
  after(async () => {
    await fleet.close();
    line.close();
  });

  it('keeps an identity when it is lost, until an operator removes it', async () => {
    expect((await fleet.host('alpha')).capabilities).not.to.include('guard');
    expect((await fleet.host('beta')).capabilities).to.include('guard');
    const liking = [{ attribute: 'host.name', values: ['alpha'], weight: 100 }];
    await fleet.apply({ name: 'keyed', identity: 'key', affinities: liking });
    await fleet.running('keyed', 1);
    expect((await fleet.instance('keyed')).hostId).to.equal(fleet.hostId('alpha'));

    await fleet.agent('alpha').end('SIGKILL');
    await fleet.until('alpha to be lost', async () => (await fleet.host('alpha')).state === HostState.LOST);
    const locked = await fleet.until('the identity to be locked', async () => {
      const instance = await fleet.instance('keyed');
      return instance.reason === 'identity_locked' && instance;
    });
    expect(locked.hostId).to.equal(fleet.hostId('alpha'));
    const running = (await fleet.containers('keyed')).filter(({ State }) => State.Running);
    expect(running).to.have.length(1);

    const { code } = await fleet.headframe(['hosts', 'rm', 'alpha', '--force', '--yes']);
    expect(code).to.equal(0);
    const moved = await fleet.running('keyed', 1);
    expect(moved.map(({ hostId }) => hostId)).to.deep.equal([fleet.hostId('beta')]);
  });
});
