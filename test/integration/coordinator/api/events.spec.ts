import { expect } from 'chai';
import type { StreamEventsResponse } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { collect } from '../../../support/echo-server.js';
import { expectReason } from '../../../support/expect-reason.js';
import { StreamReader } from '../../../support/stream-reader.js';
import { waitFor } from '../../../support/wait-for.js';

const reasonsOf = (messages: readonly StreamEventsResponse[]): string[] =>
  messages.flatMap(({ events }) => events.map(({ reason }) => reason));

describe('FleetService: events', () => {
  let at: CoordinatorFixture;
  beforeEach(async () => {
    at = await openCoordinatorFixture();
    await at.connect('host-1');
    await at.apply({ replicas: 1 }, { name: 'beta', replicas: 1 });
    await waitFor('a settled fleet', async () => {
      const { settled, instancesRunning } = await at.fleet.getFleetStatus({});
      return settled && instancesRunning === 2;
    });
  });
  afterEach(() => at.close());

  it('tells what happened, in order, and ends without follow', async () => {
    const messages = await collect(at.fleet.streamEvents({}));
    const reasons = reasonsOf(messages);
    for (const [earlier, later] of [
      ['admin_certified', 'coordinator_started'],
      ['coordinator_started', 'host_joined'],
      ['host_joined', 'miner_applied'],
      ['miner_applied', 'placed'],
      ['placed', 'started'],
    ] as const)
      expect(reasons.indexOf(earlier)).to.be.within(0, reasons.indexOf(later) - 1);
  });

  it('filters by miner, host and instance', async () => {
    const events = async (filter: { miner?: string; hostId?: string; instance?: string }) =>
      (await collect(at.fleet.streamEvents(filter))).flatMap((message) => message.events);
    expect(new Set((await events({ miner: 'beta' })).map(({ miner }) => miner))).to.deep.equal(new Set(['beta']));
    expect(new Set((await events({ hostId: 'host-1' })).map(({ hostId }) => hostId))).to.deep.equal(
      new Set(['host-1']),
    );
    const [instance] = (await at.fleet.listInstances({ miner: 'beta' })).instances;
    const own = await events({ instance: instance?.id ?? '' });
    expect(new Set(own.map(({ id }) => id))).to.deep.equal(new Set([instance?.id]));
    expect(own.map(({ reason }) => reason)).to.include.members(['placed', 'started']);
  });

  it('resumes after a revision and follows', async () => {
    const all = (await collect(at.fleet.streamEvents({}))).flatMap(({ events }) => events);
    const middle = all[Math.floor(all.length / 2)]?.revision ?? 0n;
    const later = all.filter(({ revision }) => revision > middle);
    const reader = new StreamReader((signal) =>
      at.fleet.streamEvents({ afterRevision: middle, follow: true }, { signal }),
    );
    await reader.until('the past', (messages) => reasonsOf(messages).length >= later.length);
    expect(reasonsOf(reader.messages)).to.deep.equal(later.map(({ reason }) => reason));
    await at.fleet.scaleMiner({ name: 'beta', replicas: 2 });
    await reader.until('what happens now', (messages) => reasonsOf(messages).includes('miner_scaled'));
    await reader.close();
  });

  it('ends at once when nothing happened since, and refuses a revision yet to come', async () => {
    const { revision } = await at.fleet.getFleetStatus({});
    expect(await collect(at.fleet.streamEvents({ afterRevision: revision }))).to.deep.equal([]);
    await expectReason(collect(at.fleet.streamEvents({ afterRevision: revision + 1000n })), 'revision_compacted');
  });

  it('goes on from a revision across a restart of the coordinator', async () => {
    const { revision } = await at.fleet.getFleetStatus({});
    const store = at.store.reopen();
    await at.close();
    at = await openCoordinatorFixture({}, store);
    const reasons = reasonsOf(await collect(at.fleet.streamEvents({ afterRevision: revision })));
    expect(reasons).to.include('coordinator_started');
    const all = reasonsOf(await collect(at.fleet.streamEvents({})));
    expect(all).to.include.members(['host_joined', 'started']);
  });
});
