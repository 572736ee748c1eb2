import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { HostConditionsSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { hostHealthFromWire, hostHealthToWire } from '../../../../common/wire/agent.js';
import { applyHostHealth } from '../../../../coordinator/sessions/host-health.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';

const SICK = { reason: 'engine_sick', text: 'silent for 30 s', sinceMs: 5 };
const FULL = { reason: 'disk_pressure', text: '3 GiB are free', sinceMs: 6 };

describe('what agents say of their hosts', () => {
  it('crosses the wire, bounded', () => {
    const health = { conditions: [SICK, FULL], notices: [{ reason: 'image_removed', text: 'one' }] };
    expect(hostHealthFromWire(hostHealthToWire(health))).to.deep.equal(health);
    const loud = create(HostConditionsSchema, {
      conditions: Array.from({ length: 1_000 }, () => ({ reason: 'Not A Code', text: 'x'.repeat(9_999) })),
      notices: Array.from({ length: 1_000 }, () => ({ reason: 'x', text: '\u001b[31m' })),
    });
    const read = hostHealthFromWire(loud);
    expect(read.conditions).to.have.length(1);
    expect(read.conditions[0]?.reason).to.equal('unknown');
    expect(read.conditions[0]?.text.length).to.be.below(2_000);
    expect(read.notices).to.have.length(64);
    expect(read.notices[0]?.text).not.to.contain('\u001b');
  });

  it('is recorded and told as it comes and goes, and not again with every measurement', async () => {
    const { fleet } = await openFleetFixture();
    fleet.transact((tx) => {
      tx.putHost(sampleHost('host-1'));
    });
    const told: string[] = [];
    fleet.onApplied(({ events }) => told.push(...events.map(({ reason }) => reason)));
    const say = (...conditions: (typeof SICK)[]): void => {
      fleet.transact((tx) => {
        applyHostHealth(tx, 'host-1', { conditions, notices: [] });
      });
    };
    say(SICK);
    const { revision } = fleet;
    say({ ...SICK, text: 'silent for 40 s' });
    expect(fleet.revision).to.equal(revision);
    say(SICK, FULL);
    say();
    expect(told).to.deep.equal(['engine_sick', 'disk_pressure', 'host_recovered', 'host_recovered']);
    expect(fleet.host('host-1')?.conditions).to.deep.equal([]);
  });
});
