import { expect } from 'chai';
import type { InstanceReport } from '../../../../common/wire/agent.js';
import type { Fleet } from '../../../../coordinator/fleet/index.js';
import { applyReports } from '../../../../coordinator/sessions/reports.js';
import { addMiner, assign, openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleReport } from '../../../support/sample-report.js';

describe('applyReports', () => {
  let fleet: Fleet;
  let serial: number;

  beforeEach(async () => {
    ({ fleet } = await openFleetFixture());
    serial = addMiner(fleet, {}, 1);
    assign(fleet, serial);
  });

  const report = (...reports: InstanceReport[]): Record<string, number> =>
    Object.fromEntries(fleet.transact((tx) => applyReports(tx, 'host-1', reports)).value);

  it('takes what the agent says into the record', () => {
    expect(report(sampleReport(serial, { health: 'healthy' }))).to.deep.equal({ taken: 1 });
    expect(fleet.instance(serial)).to.include({ state: 'running', health: 'healthy', containerId: 'c0ffee' });
  });

  it('uses no revision for a report that says what is known', () => {
    report(sampleReport(serial));
    const { revision } = fleet;
    expect(report(sampleReport(serial, { atMs: 2000 }))).to.deep.equal({ unchanged: 1 });
    expect(fleet.revision).to.equal(revision);
  });

  it('takes a restart back to starting', () => {
    report(sampleReport(serial));
    expect(report(sampleReport(serial, { state: 'starting', restarts: 1 }))).to.deep.equal({ taken: 1 });
  });

  it('leaves an instance that is to stop as it is until it has stopped', () => {
    fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopping', reason: 'scaled_down' }));
    expect(report(sampleReport(serial))).to.deep.equal({ outdated: 1 });
    expect(report(sampleReport(serial, { state: 'stopped', reason: 'scaled_down' }))).to.deep.equal({ taken: 1 });
  });

  for (const state of ['pending', 'assigned', 'lost'] as const)
    it(`does not let an agent say ${state}, which is not its to say`, () => {
      expect(report(sampleReport(serial, { state }))).to.deep.equal({ outdated: 1 });
    });

  it('ignores what has ended, what is elsewhere and what is unknown, and takes the rest of the batch', () => {
    const [ended, elsewhere] = [addMiner(fleet, {}, 1), addMiner(fleet, {}, 1)];
    assign(fleet, ended);
    fleet.transact((tx) => tx.updateInstance(ended, { state: 'lost', reason: 'host_lost' }));
    assign(fleet, elsewhere, 'host-2');
    const verdicts = report(...[ended, elsewhere, 999, serial].map((one) => sampleReport(one)));
    expect(verdicts).to.deep.equal({ outdated: 1, foreign: 1, unknown: 1, taken: 1 });
    expect(fleet.instance(elsewhere)?.state).to.equal('assigned');
  });
});
