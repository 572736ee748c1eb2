import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import type { MachineRecord } from '../../../../common/model/machine.js';
import { NO_RESOURCES } from '../../../../common/model/resources.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { FleetProvider } from '../../../../coordinator/providers/fleet/fleet-provider.js';
import { MachineLoop } from '../../../../coordinator/providers/machine-loop.js';
import { Machines } from '../../../../coordinator/providers/machines.js';
import type { MachineProvider, ProviderWork } from '../../../../coordinator/providers/port.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { sampleWish } from '../../../support/machine-samples.js';
import { expectReason } from '../../../support/expect-reason.js';

/** A provider of one place, whose work the test ends. */
class SlowProvider implements MachineProvider {
  readonly name = 'ssh';
  readonly ownsHosts = true;
  readonly calls: string[] = [];
  end: (outcome: string | Error) => void = () => undefined;

  choose(): ReturnType<MachineProvider['choose']> {
    return { place: 'rack-1', hostId: '', address: '10.0.0.1', priceUsd: '', text: 'It is rack-1.' };
  }

  async provide({ id }: MachineRecord, work: ProviderWork): Promise<string> {
    this.calls.push(`provide ${id}`);
    await work.tell({ text: 'The agent is being installed.' });
    return this.#wait(work.signal);
  }

  async change({ name }: MachineRecord): Promise<void> {
    await Promise.resolve(this.calls.push(`change ${name}`));
  }

  async withdraw({ id }: MachineRecord, { signal }: ProviderWork): Promise<void> {
    this.calls.push(`withdraw ${id}`);
    await this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      this.end = (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      signal.addEventListener('abort', () => {
        this.calls.push('called off');
        reject(new Error('called off'));
      });
    });
  }
}

describe('Machines', () => {
  let at: FleetFixture;
  let slow: SlowProvider;
  let stop: AbortController;
  let running: Promise<void> | undefined;
  let drawn: number;

  beforeEach(async () => {
    at = await openFleetFixture();
    slow = new SlowProvider();
    stop = new AbortController();
    running = undefined;
    drawn = 0;
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  const machines = (): Machines =>
    new Machines({ fleet: at.fleet, providers: [new FleetProvider(), slow], newId: () => `0000-${String(++drawn)}` });
  const start = async (): Promise<void> => {
    const parts = { fleet: at.fleet, providers: [new FleetProvider(), slow], clock: at.clock, logger: silentLogger };
    running = new MachineLoop(parts).start(stop.signal);
    await at.clock.advanceAsync(0);
  };
  const restart = async (): Promise<void> => {
    stop.abort();
    await running;
    at = await openFleetFixture(at.store);
    stop = new AbortController();
    await start();
  };
  const later = (): Promise<void> => at.clock.advanceAsync(6_000);
  const putHosts = (...ids: string[]): void => {
    at.fleet.transact((tx) => {
      for (const id of ids) tx.putHost(sampleHost(id));
    });
  };
  const live = (id: string, host: string): number => {
    const serial = addMiner(at.fleet, { name: id, labels: { machine: 'vm-00001' } }, 1);
    assign(at.fleet, serial, host);
    return serial;
  };
  const RELEASE = { by: 'ann', stopMiners: false, forget: false };

  it('gives each host of the fleet to one, until that is released, and says why there are no more', async () => {
    putHosts('host-1', 'host-2');
    const all = machines();
    const wish = sampleWish({ provider: 'fleet', account: '0.0.123456' });
    const first = await all.allocate(wish);
    const second = await all.allocate(wish);
    expect([first.hostId, second.hostId]).to.deep.equal(['host-1', 'host-2']);
    expect(first).to.include({ state: 'active', account: '0.0.123456', name: first.id, owner: 'ann' });
    expect((await expectReason(all.allocate(wish), 'machine_none_fits')).message).to.include('machine_held 2');
    await start();
    await all.release(first.id, RELEASE);
    await later();
    expect(at.fleet.machine(first.id)).to.equal(undefined);
    expect(at.fleet.host('host-1')).to.include({ draining: false, cordoned: false });
    expect(await all.allocate(wish)).to.include({ hostId: 'host-1' });
  });

  it('counts what instances hold of a host, and is the same after a restart', async () => {
    putHosts('host-1');
    assign(at.fleet, addMiner(at.fleet, {}, 1), 'host-1');
    const asked = { ...NO_RESOURCES, cpuMillis: 7000 };
    await expectReason(machines().allocate(sampleWish({ provider: 'fleet', asked })), 'machine_none_fits');
    const given = await machines().allocate(sampleWish({ provider: 'fleet', asked: { ...asked, cpuMillis: 6000 } }));
    await restart();
    expect(at.fleet.machine(given.id)).to.deep.equal(given);
    await expectReason(machines().allocate(sampleWish({ provider: 'fleet' })), 'machine_none_fits');
  });

  it('asks the next provider where one has none, and none that is not there', async () => {
    expect(await machines().allocate(sampleWish())).to.include({
      provider: 'ssh',
      state: 'allocating',
      place: 'rack-1',
    });
    await expectReason(machines().allocate(sampleWish({ provider: 'moon' })), 'provider_unknown');
  });

  it('asks nobody what they have who are not needed, and goes past one that cannot say it', async () => {
    const asked: string[] = [];
    const away: MachineProvider = {
      ...{ name: 'fluence', ownsHosts: true, choose: () => ({ refused: new Map() }) },
      refresh: () => {
        asked.push('fluence');
        const error = new HeadframeError({ code: 'unavailable', reason: 'fluence_unreachable', message: 'no answer' });
        return Promise.reject(error);
      },
      provide: () => Promise.resolve(''),
      withdraw: () => Promise.resolve(),
    };
    const of = (...providers: MachineProvider[]): Machines =>
      new Machines({ fleet: at.fleet, providers, newId: () => String(++drawn) });
    putHosts('host-1');
    await of(new FleetProvider(), away).allocate(sampleWish());
    expect(asked).to.deep.equal([]);
    const { message } = await expectReason(of(new FleetProvider(), away).allocate(sampleWish()), 'machine_none_fits');
    expect(message).to.include('fleet: machine_held 1; fluence: fluence_unreachable 1');
    expect(await of(away, slow).allocate(sampleWish())).to.include({ provider: 'ssh' });
    await expectReason(of(away, slow).allocate(sampleWish({ provider: 'fluence' })), 'fluence_unreachable');
  });

  it('keeps a machine while it has miners, and deletes them first where it is told to', async () => {
    putHosts('host-1');
    const all = machines();
    const { id } = await all.allocate(sampleWish({ provider: 'fleet' }));
    const serial = live('alpha', 'host-1');
    addMiner(at.fleet, { name: 'other', labels: { machine: id }, namespace: 'elsewhere' }, 0, 2);
    await start();
    await expectReason(all.release(id, RELEASE), 'machine_in_use');
    await all.release(id, { ...RELEASE, stopMiners: true });
    await later();
    expect(at.fleet.miner('alpha')).to.include({ deleting: true });
    expect(at.fleet.miner('other')).to.include({ deleting: false });
    expect(at.fleet.machine(id)).to.include({ state: 'releasing' });
    at.fleet.transact((tx) => {
      tx.updateInstance(serial, { state: 'lost' });
      tx.removeInstance(serial);
      tx.removeMiner('alpha');
    });
    await later();
    expect(at.fleet.machine(id)).to.equal(undefined);
  });

  it('makes a machine a host, tells of it meanwhile, and begins again after a restart', async () => {
    const { id } = await machines().allocate(sampleWish({ provider: 'ssh' }));
    await start();
    expect(at.fleet.machine(id)).to.include({ state: 'allocating', text: 'The agent is being installed.' });
    await restart();
    expect(slow.calls).to.deep.equal([`provide ${id}`, 'called off', `provide ${id}`]);
    expect(at.fleet.machine(id)?.state).to.equal('allocating');
    putHosts('host-7');
    slow.end('host-7');
    await later();
    expect(at.fleet.machine(id)).to.include({ state: 'active', hostId: 'host-7' });
    await machines().change(id, { name: 'big', ports: [{ port: 3000, protocol: 'tcp' }] });
    await later();
    expect(slow.calls.slice(3)).to.deep.equal([`change ${id}`, 'change big']);
  });

  it('tells why one has failed, and tries again where it is told to', async () => {
    const { id } = await machines().allocate(sampleWish({ provider: 'ssh' }));
    await start();
    slow.end(new HeadframeError({ code: 'unavailable', reason: 'machine_unreachable', message: 'no answer' }));
    await later();
    expect(at.fleet.machine(id)).to.include({ state: 'failed', reason: 'machine_unreachable', text: 'no answer' });
    expect(slow.calls).to.have.lengthOf(1);
    putHosts(id);
    await machines().retry(id);
    await later();
    expect(slow.calls).to.deep.equal([`provide ${id}`, `provide ${id}`]);
    slow.end(new Error('broken'));
    await later();
    expect(at.fleet.machine(id)).to.include({ state: 'failed', reason: 'provider_failed', hostId: '' });
    // It had joined all the same.
    await machines().release(id, RELEASE);
    await later();
    slow.end('');
    await later();
    expect([at.fleet.machine(id), at.fleet.host(id)]).to.deep.equal([undefined, undefined]);
  });

  it('ends the making of a machine that is released, and takes back what there is of it', async () => {
    const { id } = await machines().allocate(sampleWish({ provider: 'ssh' }));
    await start();
    await machines().release(id, RELEASE);
    await later();
    expect(slow.calls).to.deep.equal([`provide ${id}`, 'called off', `withdraw ${id}`]);
    slow.end('');
    await later();
    expect(at.fleet.machine(id)).to.equal(undefined);
  });

  it('drains a host that came with its machine, and has it leave the fleet once it is empty', async () => {
    const { id } = await machines().allocate(sampleWish({ provider: 'ssh' }));
    await start();
    putHosts('host-1');
    slow.end('host-1');
    await later();
    const serial = addMiner(at.fleet, {}, 1);
    assign(at.fleet, serial, 'host-1');
    await machines().release(id, RELEASE);
    await later();
    expect(at.fleet.host('host-1')).to.include({ draining: true, cordoned: true });
    expect(slow.calls).to.not.include(`withdraw ${id}`);
    at.fleet.transact((tx) => tx.updateInstance(serial, { state: 'lost' }));
    await later();
    expect(slow.calls).to.include(`withdraw ${id}`);
    slow.end(new HeadframeError({ code: 'unavailable', reason: 'machine_unreachable', message: 'no answer' }));
    await later();
    expect(at.fleet.machine(id)).to.include({ state: 'failed', reason: 'machine_unreachable' });
    expect(at.fleet.host('host-1')).to.not.equal(undefined);
    await machines().release(id, { ...RELEASE, forget: true });
    await later();
    expect([at.fleet.machine(id), at.fleet.host('host-1')]).to.deep.equal([undefined, undefined]);
  });

  it('has failed once its host is no longer in the fleet', async () => {
    putHosts('host-1');
    const { id } = await machines().allocate(sampleWish({ provider: 'fleet' }));
    await start();
    at.fleet.transact((tx) => {
      tx.removeHost('host-1');
    });
    await later();
    expect(at.fleet.machine(id)).to.include({ state: 'failed', reason: 'machine_host_gone' });
    await expectReason(machines().retry('vm-none'), 'machine_not_found');
  });
});
