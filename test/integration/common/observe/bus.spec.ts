import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { MessageBus } from '../../../../common/observe/bus.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { Logger } from '../../../../common/observe/logger.js';
import { describeWithNats, natsUrl } from '../../../support/nats.js';
import { TcpGate } from '../../../support/tcp-gate.js';
import { waitFor } from '../../../support/wait-for.js';

describeWithNats('MessageBus', function () {
  this.timeout(30_000);
  const subject = `headframe.test.${String(process.pid)}`;
  const logged: string[] = [];
  const received: unknown[] = [];
  let gate: TcpGate;
  let listener: NatsConnection;
  let bus: MessageBus;

  const note = (level: string) => () => {
    logged.push(level);
  };
  const logger: Logger = { ...silentLogger, info: note('info'), warn: note('warn'), child: () => logger };

  beforeEach(async () => {
    logged.length = 0;
    received.length = 0;
    const { hostname, port } = new URL(natsUrl);
    gate = new TcpGate({ host: hostname, port: Number(port) });
    await gate.open();
    listener = await connect({ servers: natsUrl });
    listener.subscribe(subject, { callback: (_error, message) => received.push(message.json()) });
    await listener.flush();
    bus = new MessageBus({ url: `nats://127.0.0.1:${String(gate.port)}`, name: 'test', logger });
  });
  afterEach(async () => {
    await bus.close();
    await listener.close();
    await gate.shut().catch(() => undefined);
  });

  it('publishes what is handed over, up to the last message before it closes', async () => {
    bus.start();
    await waitFor('the connection', () => bus.connected);
    for (let n = 0; n < 100; n += 1) bus.publish(subject, { n });
    await bus.close();
    await waitFor('the messages', () => received.length === 100);
    expect(bus.dropped).to.equal(0);
  });

  it('drops and counts while the server is away, tells so once, and publishes again when it is back', async () => {
    bus.start();
    await waitFor('the connection', () => bus.connected);
    await gate.shut();
    await waitFor('the loss', () => !bus.connected);
    for (let n = 0; n < 3; n += 1) bus.publish(subject, { n });
    expect(bus.dropped).to.equal(3);
    await gate.open();
    await waitFor('the return', () => bus.connected);
    bus.publish(subject, { back: true });
    await waitFor('the message', () => received.length > 0);
    expect(received).to.deep.equal([{ back: true }]);
    expect(logged).to.deep.equal(['info', 'warn', 'info']);
  });

  it('hears a subject from before the connection, over its loss, and until it is told to stop', async () => {
    const heard: string[] = [];
    const unsubscribe = bus.subscribe(`${subject}.*`, { maxBytes: 10, maxPerSecond: 1000 }, (data, from) => {
      heard.push(`${from.slice(subject.length)} ${Buffer.from(data).toString()}`);
    });
    const tell = (name: string): Promise<unknown> =>
      waitFor(`${name} to be heard`, () => {
        listener.publish(`${subject}.${name}`, 'hello');
        return heard.includes(`.${name} hello`);
      });
    bus.start();
    await waitFor('the connection', () => bus.connected);
    await tell('first');
    listener.publish(`${subject}.large`, 'x'.repeat(11));
    await gate.shut();
    await waitFor('the loss', () => !bus.connected);
    await gate.open();
    await waitFor('the return', () => bus.connected);
    await tell('second');
    expect(heard.filter((one) => one.startsWith('.large'))).to.deep.equal([]);
    const late: string[] = [];
    bus.subscribe(`${subject}.third`, { maxBytes: 10, maxPerSecond: 1000 }, (data) =>
      late.push(Buffer.from(data).toString()),
    );
    unsubscribe();
    heard.length = 0;
    await waitFor('what is subscribed to later to be heard', () => {
      listener.publish(`${subject}.third`, 'hello');
      return late.length > 0;
    });
    expect(heard).to.deep.equal([]);
  });

  it('finds a server that comes up later', async () => {
    await gate.shut();
    bus.start();
    bus.publish(subject, { early: true });
    await waitFor('the warning', () => logged.includes('warn'));
    await gate.open();
    await waitFor('the connection', () => bus.connected);
    expect(logged).to.deep.equal(['warn', 'info']);
    expect(bus.dropped).to.equal(1);
  });

  it('closes at once without a server, and leaves nothing behind that tries on', async () => {
    await gate.shut();
    bus.start();
    const begun = performance.now();
    await bus.close();
    expect(performance.now() - begun).to.be.below(2_500);
    await gate.open();
    expect(bus.connected).to.equal(false);
  });

  it('survives what cannot be published', async () => {
    bus.start();
    await waitFor('the connection', () => bus.connected);
    bus.publish(subject, { text: 'x'.repeat(2 ** 21) });
    expect(bus.dropped).to.equal(1);
    bus.publish(subject, { n: 1 });
    await waitFor('the next', () => received.length === 1);
  });
});
