import { expect } from 'chai';
import { Publisher } from '../../../../coordinator/telemetry/index.js';
import { LiveBoard } from '../../../../coordinator/sessions/index.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleUsage } from '../../../support/sample-usage.js';

/** A bus that keeps what it is given. */
class FakeBus {
  connected = true;
  readonly published: { readonly subject: string; readonly payload: object }[] = [];

  publish(subject: string, payload: object): void {
    this.published.push({ subject, payload });
  }

  get subjects(): string[] {
    return this.published.map(({ subject }) => subject);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Publisher', () => {
  let at: FleetFixture;
  let bus: FakeBus;
  let board: LiveBoard;
  let publisher: Publisher;
  let stop: AbortController;
  let running: Promise<void>;

  const open = async (watchDepth?: number): Promise<void> => {
    at = await openFleetFixture(undefined, watchDepth === undefined ? {} : { watchDepth });
    bus = new FakeBus();
    board = new LiveBoard();
    publisher = new Publisher({ fleet: at.fleet, board, bus, yieldTurn: turn });
    stop = new AbortController();
    running = publisher.start(stop.signal);
  };
  afterEach(async () => {
    stop.abort();
    await running;
  });

  it('publishes the events of durable commits under their subject and id', async () => {
    await open();
    at.store.hold();
    const serial = addMiner(at.fleet, {}, 1);
    assign(at.fleet, serial);
    await turn();
    expect(bus.published).to.deep.equal([]);
    at.store.release();
    await turn();
    const placed = bus.published.find(({ payload }) => 'reason' in payload && payload.reason === 'placed');
    expect(placed?.subject).to.equal(`headframe.v1.events.instance.alpha-${serial}`);
    expect(placed?.payload).to.include({ miner: 'alpha', hostId: 'host-1', state: 'assigned', severity: 'info' });
    expect(placed?.payload).to.include({ revision: at.fleet.revision });
  });

  it('publishes usage of hosts and, together, of the instances that are theirs', async () => {
    await open();
    const [first, second, foreign] = [addMiner(at.fleet, {}, 1), addMiner(at.fleet, {}, 1), addMiner(at.fleet, {}, 1)];
    assign(at.fleet, first);
    assign(at.fleet, second);
    assign(at.fleet, foreign, 'host-2');
    await turn();
    bus.published.length = 0;
    const sample = sampleUsage('host-1', [first, foreign, 999, second]);
    board.setUsage(sample);
    expect(bus.subjects).to.deep.equal(['headframe.v1.metrics.host.host-1', 'headframe.v1.metrics.instances.host-1']);
    const [host, instances] = bus.published;
    expect(host?.payload).to.deep.equal({ host: 'host-1', instances: 2, ...sample.host });
    const [ofFirst, , , ofSecond] = sample.instances;
    expect(instances?.payload).to.deep.equal({
      atMs: 1000,
      host: 'host-1',
      instances: [
        { instance: `alpha-${first}`, miner: 'alpha', ...ofFirst },
        { instance: `alpha-${second}`, miner: 'alpha', ...ofSecond },
      ],
    });
  });

  it('publishes no list of instances for a host that runs none', async () => {
    await open();
    board.setUsage(sampleUsage('host-1', [999]));
    expect(bus.subjects).to.deep.equal(['headframe.v1.metrics.host.host-1']);
    expect(bus.published[0]?.payload).to.include({ instances: 0 });
  });

  it('publishes nothing while no server is there, and goes on when one is', async () => {
    await open();
    bus.connected = false;
    addMiner(at.fleet, {}, 1);
    board.setUsage(sampleUsage('host-1', []));
    await turn();
    expect(bus.published).to.deep.equal([]);
    bus.connected = true;
    board.setUsage(sampleUsage('host-1', []));
    expect(bus.subjects).to.deep.equal(['headframe.v1.metrics.host.host-1']);
  });

  it('leaves out what comes faster than it can be told, counts that, and goes on', async () => {
    await open(5);
    const serials = addMiner(at.fleet, {}, 30);
    for (let serial = serials; serial < serials + 30; serial += 1) assign(at.fleet, serial);
    await turn();
    await turn();
    expect(publisher.skipped).to.be.greaterThan(0);
    bus.published.length = 0;
    at.fleet.transact((tx) => tx.updateInstance(serials, { state: 'running', reason: 'started' }));
    await turn();
    expect(bus.subjects).to.deep.equal([`headframe.v1.events.instance.alpha-${serials}`]);
  });
});
