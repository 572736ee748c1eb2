import { expect } from 'chai';
import type { FleetReader } from '../../../../coordinator/fleet/port.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { reasonOf } from '../../../support/thrown-reason.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

const idsOf = (fleet: FleetReader): readonly string[] =>
  fleet.verdictsOf('host-1').flatMap(({ verdicts }) => verdicts.map(({ id }) => id));

async function openWithHost(): Promise<FleetFixture> {
  const fixture = await openFleetFixture();
  fixture.fleet.transact((tx) => tx.putHost(sampleHost()));
  return fixture;
}

describe('Verdicts of the fleet', () => {
  it('are kept by host and type and come back from the store', async () => {
    const { fleet, store } = await openWithHost();
    const [cpu, memory] = [sampleVerdict('a'), sampleVerdict('b', { type: 'memory' })];
    await fleet.transact((tx) => {
      tx.addVerdict(memory);
      tx.addVerdict(cpu);
    }).durable;
    const { fleet: again } = await openFleetFixture(store.reopen());
    expect(again.verdictsOf('host-1').flatMap(({ verdicts }) => verdicts)).to.deep.equal([cpu, memory]);
    expect([...again.verdicts()]).to.have.lengthOf(2);
    expect(again.verdictsOf('host-2')).to.deep.equal([]);
  });

  it('forget the oldest of a host and type in the transaction that brings one too many', async () => {
    const { fleet } = await openWithHost();
    for (let at = 0; at < 20; at++) fleet.transact((tx) => tx.addVerdict(sampleVerdict(`v${String(at)}`)));
    const { revision } = fleet;
    fleet.transact((tx) => tx.addVerdict(sampleVerdict('v20')));
    expect([fleet.revision, idsOf(fleet).length]).to.deep.equal([revision + 1, 20]);
    expect([idsOf(fleet)[0], idsOf(fleet).at(-1)]).to.deep.equal(['v1', 'v20']);
  });

  it('are undone with their transaction', async () => {
    const { fleet } = await openWithHost();
    fleet.transact((tx) => tx.addVerdict(sampleVerdict('a')));
    const broken = (): unknown =>
      fleet.transact((tx) => {
        tx.addVerdict(sampleVerdict('b'));
        throw new RangeError('undo');
      });
    expect(broken).to.throw(RangeError);
    expect(idsOf(fleet)).to.deep.equal(['a']);
  });

  it('are of hosts that are there, and go with them', async () => {
    const { fleet } = await openWithHost();
    const stray = sampleVerdict('a', { hostId: 'nobody' });
    expect(reasonOf(() => fleet.transact((tx) => tx.addVerdict(stray)))).to.equal('host_not_found');
    fleet.transact((tx) => tx.addVerdict(sampleVerdict('a')));
    fleet.transact((tx) => tx.removeHost('host-1'));
    expect([...fleet.verdicts()]).to.deep.equal([]);
  });
});
