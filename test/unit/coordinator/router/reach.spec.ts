import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { Reach, knock } from '../../../../coordinator/router/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost, sampleSpec } from '../../../support/fleet-samples.js';

const BOOT = 'this-boot';
const never = new AbortController().signal;

describe('the way to a port of an instance', () => {
  let fixture: FleetFixture;
  let server: Server;
  let calledFrom: string | undefined;
  let dialled: unknown[];
  let knocking: typeof knock;
  let reach: Reach;

  beforeEach(async () => {
    server = createServer((socket) => {
      // Whoever gives up an attempt may reset it.
      socket.on('error', () => undefined).end('direct');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    fixture = await openFleetFixture();
    calledFrom = '127.0.0.1';
    dialled = [];
    knocking = knock;
    reach = new Reach({
      ...fixture,
      bootId: BOOT,
      addressOf: () => calledFrom,
      knock: (...where) => knocking(...where),
      dial: (target) => {
        dialled.push(target);
        return Promise.resolve(new PassThrough());
      },
    });
  });

  afterEach(() => {
    server.close();
  });

  it('leads to the published port on its host', async () => {
    const serial = running(portOf(server));
    const socket = await reach.connect(serial, 80, never);
    expect(String(await once(socket, 'data'))).to.equal('direct');
    expect(dialled).to.deep.equal([]);
  });

  it("leads through the host's agent where no address is known to be the host's, or nothing listens there", async () => {
    const serial = running(portOf(server));
    calledFrom = '198.51.100.9';
    expect(await reach.connect(serial, 80, never)).to.be.instanceOf(PassThrough);
    expect(dialled).to.deep.equal([{ hostId: 'host-1', serial, containerPort: 80 }]);
    calledFrom = '127.0.0.1';
    server.close();
    await reach.connect(serial, 80, never);
    expect(dialled).to.have.lengthOf(2);
  });

  it('asks a host that was silent through its agent alone, for a minute', async () => {
    const serial = running(portOf(server));
    knocking = () => Promise.resolve('silent');
    await reach.connect(serial, 80, never);
    knocking = knock;
    await fixture.clock.advanceAsync(59_999);
    await reach.connect(serial, 80, never);
    expect(dialled).to.have.lengthOf(2);
    await fixture.clock.advanceAsync(1);
    (await reach.connect(serial, 80, never)).destroy();
    expect(dialled).to.have.lengthOf(2);
  });

  it('is there for declared TCP ports of running instances alone', async () => {
    const serial = running(portOf(server));
    await expectReason(reach.connect(serial + 1, 80, never), 'instance_not_found');
    await expectReason(reach.connect(serial, 81, never), 'port_not_held');
    await expectReason(reach.connect(serial, 53, never), 'port_not_held');
    fixture.fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopping', reason: 'miner_stopped' }));
    await expectReason(reach.connect(serial, 80, never), 'not_running');
    expect(dialled).to.deep.equal([]);
  });

  it('is given up with its signal', async () => {
    const serial = running(portOf(server));
    const gone = AbortSignal.abort(new Error('gone'));
    expect(await reach.connect(serial, 80, gone).catch(String)).to.equal('Error: gone');
    const going = new AbortController();
    const connecting = reach.connect(serial, 80, going.signal).catch(String);
    going.abort(new Error('gone'));
    expect(await connecting).to.equal('Error: gone');
    expect(dialled).to.deep.equal([]);
  });

  function running(hostPort: number): number {
    const { fleet } = fixture;
    const ports = [
      { name: 'http', containerPort: 80, protocol: 'tcp' as const, hostPort: 0 },
      { name: 'dns', containerPort: 53, protocol: 'udp' as const, hostPort: 0 },
    ];
    const serial = addMiner(fleet, { container: { ...sampleSpec().container, ports } }, 1);
    const { description } = sampleHost();
    fleet.transact((tx) => {
      tx.putHost(sampleHost('host-1', { description: { ...description, bootId: BOOT } }));
      tx.updateInstance(serial, {
        ...{ state: 'assigned', hostId: 'host-1', reason: 'placed', text: '', hostPorts: [hostPort, 53] },
      });
      tx.updateInstance(serial, { state: 'running', reason: 'started', text: '' });
    });
    return serial;
  }
});

/** A server that listens has an address with a port. */
function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
