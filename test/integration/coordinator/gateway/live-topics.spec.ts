import { expect } from 'chai';
import { AccessService } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { FakeAgent } from '../../../support/fake-agent.js';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';
import { LiveListener } from '../../../support/live-listener.js';
import type { LiveFrame } from '../../../support/live-listener.js';
import { waitFor } from '../../../support/wait-for.js';

const isScaling = (event: object, miner: string): boolean =>
  JSON.stringify(event).includes('"miner_scaled"') && JSON.stringify(event).includes(`"${miner}"`);

const says = (frame: LiveFrame, text: string): boolean => JSON.stringify(frame.data ?? null).includes(text);

describe('topics of the fleet over the WebSocket', () => {
  let gateway: GatewayFixture;
  let agent: FakeAgent;
  let operator: string;
  let instance: string;
  const open: LiveListener[] = [];

  before(async () => {
    gateway = await openGatewayFixture();
    operator = await gateway.token('operator');
    agent = await gateway.connect('host-1');
    await gateway.apply({ name: 'first', replicas: 1 }, { name: 'other', replicas: 1 });
    instance = await waitFor('a running instance', async () => {
      const { instances } = await gateway.fleet.listInstances({ miner: 'first' });
      return instances.find(({ startedAtMs }) => startedAtMs > 0n)?.id;
    });
  });
  afterEach(() => {
    for (const { socket } of open.splice(0)) socket.terminate();
  });
  after(() => gateway.close());

  async function connect(token = operator): Promise<LiveListener> {
    const listener = await LiveListener.connect(gateway, token);
    open.push(listener);
    return listener;
  }

  it('tell all there is, then what changes, and go on after a reconnection where they left off', async () => {
    const one = await connect();
    one.subscribe('fleet');
    const synced = await one.wait('fleet', (frame) => frame.synced);
    for (const name of ['"host"', '"miner"', '"instance"', instance])
      expect(
        one.frames.some((frame) => says(frame, name)),
        name,
      ).to.equal(true);
    one.socket.terminate();
    await gateway.apply({ name: 'meanwhile', replicas: 0 });
    const two = await connect();
    two.subscribe('fleet', { from: synced.revision });
    await two.wait('fleet', (frame) => says(frame, 'meanwhile'));
    expect(two.frames.some((frame) => says(frame, '"other"'))).to.equal(false);
    await gateway.fleet.deleteMiner({ name: 'meanwhile' });
    await two.wait('fleet', (frame) => says(frame, '{"minerRemoved":"meanwhile"}'));
  });

  it('tell of one miner, instance or host alone, and end with it', async () => {
    const listener = await connect();
    for (const topic of ['miner/first', `instance/${instance}`, 'host/host-1', 'host/nowhere'])
      listener.subscribe(topic);
    await listener.wait('miner/first', (frame) => frame.synced);
    await listener.wait(`instance/${instance}`, (frame) => says(frame, 'INSTANCE_STATE_RUNNING'));
    await listener.wait('host/host-1', (frame) => says(frame, 'HOST_STATE_READY'));
    await listener.wait('host/nowhere', (frame) => frame.type === 'Error' && says(frame, 'host_not_found'));
    await gateway.hosts.cordonHost({ host: 'host-1' });
    await listener.wait('host/host-1', (frame) => says(frame, '"cordoned":true'));
    await gateway.hosts.uncordonHost({ host: 'host-1' });
    await gateway.fleet.scaleMiner({ name: 'first', replicas: 0 });
    await listener.wait(`instance/${instance}`, (frame) => says(frame, 'INSTANCE_STATE_STOPPED'));
    await listener.wait('miner/first', (frame) => says(frame, 'INSTANCE_STATE_STOPPED'));
    const told = listener.frames.filter(({ type }) => type === 'Fleet');
    expect(told.some((frame) => says(frame, '"other"'))).to.equal(false);
    await gateway.fleet.scaleMiner({ name: 'first', replicas: 1 });
  });

  it('tell events, of one miner where it is named', async () => {
    const { revision } = await gateway.fleet.getFleetStatus({});
    const listener = await connect();
    listener.subscribe('events', { from: String(revision), miner: 'evented' });
    await listener.wait('events', ({ type }) => type === 'Subscribed');
    await gateway.apply({ name: 'unheard', replicas: 0 }, { name: 'evented', replicas: 0 });
    const told = await listener.wait('events', ({ type }) => type === 'Events');
    expect([says(told, 'evented'), says(told, 'unheard')]).to.deep.equal([true, false]);
  });

  it('tell the log as it is written, to those who may read it', async () => {
    const { instances } = await gateway.fleet.listInstances({ miner: 'other' });
    const topic = `logs/${instances[0]?.id ?? ''}`;
    const [listener, viewer] = [await connect(), await connect(await gateway.token('viewer'))];
    viewer.subscribe(topic);
    listener.subscribe(topic);
    await viewer.wait(topic, (frame) => frame.type === 'Error' && says(frame, 'permission_denied'));
    await waitFor('the log', () => {
      const text = listener.frames.map(({ data }) => (data as { text?: string } | undefined)?.text ?? '').join('');
      return text.startsWith('one\ntwo\nthree\n') || undefined;
    });
    expect(agent.openTunnels).to.equal(1);
    listener.ask({ type: 'unsubscribe', id: topic.replaceAll('/', '.') });
    await waitFor('the end of the tunnel', () => agent.openTunnels === 0);
  });

  it('tell each caller what is in its namespaces alone', async () => {
    await gateway.fleet.applyNamespace({ namespace: { name: 'farm' } });
    await gateway.apply({ name: 'grown', namespace: 'farm', replicas: 0 });
    const farmer = await connect(await gateway.token('scheduler', ['farm']));
    // Who sees all listens beside, by the same ids.
    const whole = await connect();
    for (const listener of [whole, farmer])
      for (const topic of ['fleet', 'events', 'miner/other', `instance/${instance}`]) listener.subscribe(topic);
    await whole.wait('fleet', (frame) => frame.synced);
    const synced = await farmer.wait('fleet', (frame) => frame.synced);
    expect(synced.type).to.equal('Fleet');
    await farmer.wait('fleet', (frame) => says(frame, 'grown'));
    await farmer.wait(`instance/${instance}`, (frame) => frame.type === 'Error' && says(frame, 'instance_not_found'));
    await farmer.wait('miner/other', (frame) => frame.synced);
    await gateway.fleet.scaleMiner({ name: 'other', replicas: 2 });
    await gateway.fleet.scaleMiner({ name: 'grown', replicas: 1 });
    // Its own event, and not one of those before.
    const isScaled =
      (name: string) =>
      ({ type, data }: LiveFrame): boolean =>
        type === 'Events' && (data as object[]).some((event) => isScaling(event, name));
    for (const name of ['other', 'grown']) await whole.wait('events', isScaled(name));
    await farmer.wait('events', isScaled('grown'));
    const told = farmer.frames.filter(({ type }) => type === 'Fleet' || type === 'Events');
    expect(told.filter(({ data }) => /"(?:first|other)(?:-\d+)?"/.test(JSON.stringify(data)))).to.deep.equal([]);
  });

  it('let renters in, to what is theirs', async () => {
    const renter = await connect(await gateway.token('renter', ['farm']));
    renter.subscribe('lease/none');
    renter.subscribe('fleet');
    await renter.wait('lease/none', (frame) => frame.type === 'Error' && says(frame, 'lease_not_found'));
    await renter.wait('fleet', (frame) => frame.type === 'Error' && says(frame, 'permission_denied'));
  });

  it('answer a ping that a page can send, with the time here', async () => {
    const listener = await connect();
    listener.ask({ type: 'ping', id: 'beat' });
    const pong = await waitFor('the answer', () => listener.frames.find(({ type }) => type === 'Pong'));
    expect(pong)
      .to.have.property('atMs')
      .within(Date.now() - 60_000, Date.now() + 60_000);
  });

  it('end with the token, wherever they are', async () => {
    const access = createClient(AccessService, gateway.channel);
    const shown = await gateway.token('operator');
    const listener = await connect(shown);
    listener.subscribe('events');
    listener.subscribe('host/host-1');
    await listener.wait('host/host-1', (frame) => frame.synced);
    await access.revokeToken({ id: shown.split('.')[0] ?? '' });
    expect(await waitFor('its end', () => listener.code)).to.equal(4401);
  });
});
