import { expect } from 'chai';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import type { InstanceStatus } from '../../../../coordinator/fleet/port.js';
import { addMiner, openFleetFixture } from '../../../support/fleet-fixture.js';

const HOST = 'h';

/** Instances on the host, and what its agent may say of them. */
function place(fleet: Fleet, count: number): number[] {
  const first = addMiner(fleet, {}, count);
  const serials = Array.from({ length: count }, (_, at) => first + at);
  const why = { reason: 'placed', text: '' };
  fleet.transact((tx) => {
    tx.assignInstances({ hostId: HOST, serials, hostPorts: undefined, gpuIds: undefined, ...why });
  });
  return serials;
}

function status(serial: number, health: InstanceStatus['health'], text = ''): InstanceStatus {
  const common = { restarts: 0, exitCode: undefined, containerId: 'c', startedAtMs: 1 };
  return { serial, state: 'running', health, reason: 'started', text, ...common };
}

describe('the intake of statuses', () => {
  it('makes one batch of those that come to the same, whatever stands between them', async () => {
    const { fleet, store, clock } = await openFleetFixture();
    const [a = 0, b = 0, c = 0, d = 0] = place(fleet, 4);
    clock.advance(1);
    const said = [status(a, 'none'), status(b, 'healthy'), status(c, 'none'), status(d, 'healthy')];
    await fleet.transact((tx) => tx.reportInstances(HOST, said)).durable;
    const batches = store.commits.at(-1)?.changes.map((change) => 'rows' in change && change.rows.serials);
    expect(batches).to.deep.equal([
      [a, c],
      [b, d],
    ]);
  });

  it('leaves in the store what an instance came to last, however often it turned in one report', async () => {
    const { fleet, store, clock } = await openFleetFixture();
    const [a = 0, b = 0, c = 0] = place(fleet, 3);
    clock.advance(1);
    const turning = [status(a, 'healthy'), status(b, 'healthy'), status(a, 'none'), status(a, 'healthy')];
    const texts = [status(c, 'none'), status(c, 'none', 'so'), status(b, 'none'), status(c, 'healthy', 'so')];
    await fleet.transact((tx) => tx.reportInstances(HOST, [...turning, ...texts])).durable;
    const again = (await openFleetFixture(store.reopen())).fleet;
    expect([...again.instances()]).to.deep.equal([...fleet.instances()]);
    expect(Array.from(again.instances(), ({ health }) => health)).to.deep.equal(['healthy', 'none', 'healthy']);
  });
});
