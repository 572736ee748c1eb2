import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { describeWithNats, natsUrl } from '../../../support/nats.js';
import { sampleUsage } from '../../../support/sample-usage.js';
import { waitFor } from '../../../support/wait-for.js';

describeWithNats('Telemetry over NATS', () => {
  let at: CoordinatorFixture;
  let nats: NatsConnection;
  const received = new Map<string, unknown[]>();

  beforeEach(async () => {
    received.clear();
    nats = await connect({ servers: natsUrl });
    nats.subscribe('headframe.v1.>', {
      callback: (_error, message) => {
        received.set(message.subject, [...(received.get(message.subject) ?? []), message.json()]);
      },
    });
    await nats.flush();
    at = await openCoordinatorFixture({ nats: { url: natsUrl } });
    await waitFor('the connection', async () => (await at.fleet.getFleetStatus({})).natsConnected);
  });
  afterEach(async () => {
    await at.close();
    await nats.close();
  });

  it('reaches a client that is not part of the product: usage and events, as documented', async () => {
    const host = `host-${process.pid}-${Date.now()}`;
    const agent = await at.connect(host);
    await at.apply({ replicas: 1 });
    const serial = await waitFor('an instance', () => [...agent.held.keys()][0]);
    await waitFor('it to run', async () => (await at.fleet.getFleetStatus({})).instancesRunning === 1);
    const { instances, host: usage } = sampleUsage(host, [serial]);
    await agent.reportUsage({ host: usage, instances });
    const ofInstances = await waitFor('its metrics', () => received.get(`headframe.v1.metrics.instances.${host}`));
    expect(ofInstances.at(-1)).to.deep.equal({
      atMs: usage.atMs,
      host,
      instances: [{ instance: `alpha-${serial}`, miner: 'alpha', ...instances[0] }],
    });
    const ofHost = await waitFor('the metrics of its host', () => received.get(`headframe.v1.metrics.host.${host}`));
    expect(ofHost.at(-1)).to.deep.include({ host, instances: 1, cpuMillis: 500 });
    const events = await waitFor('its events', () => received.get(`headframe.v1.events.instance.alpha-${serial}`));
    expect(events.some((event) => isEvent(event) && event.reason === 'placed' && event.hostId === host)).to.equal(true);
    expect(received.get(`headframe.v1.events.host.${host}`)).to.have.length.at.least(1);
  });
});

function isEvent(value: unknown): value is { reason: string; hostId: string } {
  return typeof value === 'object' && value !== null && 'reason' in value && 'hostId' in value;
}
