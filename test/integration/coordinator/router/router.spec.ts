import { expect } from 'chai';
import { PassThrough, Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { HeadframeError } from '../../../../common/model/error.js';
import { tunnelFailure } from '../../../../coordinator/sessions/index.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { answerWith } from '../../../support/model-servers.js';
import { RouterFixture } from '../../../support/router-fixture.js';
import type { Answered } from '../../../support/router-fixture.js';
import { waitFor } from '../../../support/wait-for.js';

describe('asking models through the router', () => {
  let fixture: RouterFixture;

  afterEach(() => {
    fixture.close();
  });

  describe('whom it asks', () => {
    beforeEach(async () => {
      fixture = await RouterFixture.open(3);
      for (const serial of fixture.serials) await fixture.servers.add(serial, answerWith(String(serial)));
    });

    it('asks each in its turn, over connections that stay open', async () => {
      const texts: string[] = [];
      for (let count = 0; count < 6; count += 1) texts.push((await fixture.ask()).text);
      expect(texts).to.deep.equal([...fixture.serials, ...fixture.serials].map(String));
      expect(fixture.servers.connects).to.have.lengthOf(3);
    });

    it('asks the one with the least under way', async () => {
      const slow = await fixture.servers.add(fixture.serial(0), (_request, response) => {
        setTimeout(() => response.end('slow'), 150);
      });
      const slowly = fixture.ask();
      await waitFor('the first', () => slow.asked.length === 1);
      const texts = await Promise.all([fixture.ask(), fixture.ask()]);
      for (let count = 0; count < 4; count += 1) texts.push(await fixture.ask());
      expect(texts.map(({ text }) => text)).to.not.include('slow');
      expect((await slowly).text).to.equal('slow');
    });

    it('asks no more who goes, fails its check, or has ended, from the same turn on', async () => {
      await fixture.ask();
      const [first, second, third] = [0, 1, 2].map((at) => fixture.serial(at)) as [number, number, number];
      fixture.change(first, { health: 'unhealthy' });
      fixture.change(second, { state: 'stopping' });
      for (let count = 0; count < 4; count += 1) expect((await fixture.ask()).text).to.equal(String(third));
      fixture.change(third, { state: 'failed' });
      const { error } = await fixture.ask();
      expect(error).to.include({ code: 'unavailable', reason: 'model_not_ready' });
      expect((error as HeadframeError).message)
        .to.include('health check fails')
        .and.include('is stopping');
      fixture.change(first, { health: 'healthy' });
      expect((await fixture.ask()).text).to.equal(String(first));
    });

    it('asks those on a host that is drained only where there are no others', async () => {
      await fixture.ask();
      const moved = fixture.serial(2);
      fixture.fleet.transact((tx) => tx.putHost(sampleHost('host-2')));
      fixture.fleet.transact((tx) => tx.putHost(sampleHost('host-1', { draining: true })));
      expect((await fixture.ask()).error).to.equal(undefined);
      const added = fixture.fleet.transact((tx) =>
        tx.createInstances('alpha', 1, 1, { reason: 'queued', text: '' }),
      ).value;
      await fixture.servers.add(added, answerWith('elsewhere'));
      fixture.change(added, { state: 'running', hostId: 'host-2' });
      for (let count = 0; count < 4; count += 1) expect((await fixture.ask()).text).to.equal('elsewhere');
      fixture.fleet.transact((tx) => tx.putHost(sampleHost('host-1')));
      expect([await fixture.ask(), await fixture.ask(), await fixture.ask()].map(({ text }) => text)).to.include(
        String(moved),
      );
    });

    it('lets what is under way end where an instance stops, and not where it has ended', async () => {
      const [first, second] = [fixture.serial(0), fixture.serial(1)];
      for (const serial of [first, second])
        await fixture.servers.add(serial, (_request, response) => {
          response.write('be');
          setTimeout(() => response.end('gun'), 150);
        });
      const asking = [fixture.ask(), fixture.ask()];
      await waitFor('both', () => fixture.servers.connects.length === 2);
      await new Promise((resolve) => setTimeout(resolve, 50));
      fixture.change(first, { state: 'stopping' });
      fixture.change(second, { state: 'failed' });
      const [stopped, ended] = (await Promise.all(asking)) as [Answered, Answered];
      expect(stopped).to.include({ text: 'begun', error: undefined });
      expect(ended.isBroken).to.equal(true);
      expect(ended.error).to.include({ reason: 'model_reply_broken' });
    });

    it('asks no instance more than it may at once, then nobody', async () => {
      for (const serial of fixture.serials) await fixture.servers.add(serial, () => undefined);
      const waiting = Array.from({ length: 12 }, () => fixture.ask());
      await waitFor('all', () => fixture.servers.connects.length === 12);
      expect((await fixture.ask()).error).to.include({ code: 'unavailable', reason: 'model_busy' });
      for (const { error } of await Promise.all(waiting)) expect(error).to.include({ reason: 'model_timeout' });
    });

    it('knows no model without a port for it', async () => {
      expect((await fixture.ask({ model: 'nobody' })).error).to.include({ reason: 'not_a_model' });
    });
  });

  describe('where an instance cannot be reached', () => {
    it('asks another, and leaves that one alone for a while', async () => {
      fixture = await RouterFixture.open(2);
      await fixture.servers.add(fixture.serial(1), answerWith('there'));
      for (let count = 0; count < 4; count += 1) expect((await fixture.ask()).text).to.equal('there');
      expect(fixture.servers.connects.filter((serial) => serial === fixture.serial(0))).to.have.lengthOf(1);
      expect(fixture.router.table.figuresOf('alpha')).to.include({ requests: 4, answered: 4, unreached: 0 });
      expect(fixture.router.table.figuresOfInstance('alpha', fixture.serial(0))).to.include({ unreached: 1 });
    });

    it('says so once some were tried', async () => {
      fixture = await RouterFixture.open(5);
      const { error, head } = await fixture.ask();
      expect(head).to.equal(undefined);
      expect(error).to.include({ code: 'unavailable', reason: 'model_unreached' });
      expect(fixture.servers.connects).to.have.lengthOf(3);
    });

    it('tries again what an agent has not connected, though it was sent to the agent', async () => {
      fixture = await RouterFixture.open(2);
      await fixture.servers.add(fixture.serial(1), answerWith('there'));
      const { servers } = fixture;
      servers.instead = () => {
        servers.instead = undefined;
        return Promise.resolve(tunnelThatFails());
      };
      expect((await fixture.ask({ body: Buffer.from('ask') })).text).to.equal('there');
    });

    it('does not ask twice what was streamed there', async () => {
      fixture = await RouterFixture.open(2);
      await fixture.servers.add(fixture.serial(1), answerWith('there'));
      fixture.servers.instead = () => {
        fixture.servers.instead = undefined;
        return Promise.resolve(tunnelThatFails());
      };
      const { error } = await fixture.ask({ body: pieces('ask') });
      expect(error).to.include({ reason: 'model_unreached' });
      expect(fixture.servers.connects).to.have.lengthOf(1);
    });

    it('reads nothing of a stream before somebody takes it', async () => {
      fixture = await RouterFixture.open(2);
      const model = await fixture.servers.add(fixture.serial(1), (request, response) => {
        request.pipe(response);
      });
      expect((await fixture.ask({ body: pieces('one ', 'two') })).text).to.equal('one two');
      expect(model.asked[0]?.headers['transfer-encoding']).to.equal('chunked');
    });
  });

  it('sends what it is told to and nothing more', async () => {
    fixture = await RouterFixture.open(1);
    const model = await fixture.servers.add(fixture.serial(0), (request, response) => {
      request.pipe(response);
    });
    const { text } = await fixture.ask({ body: Buffer.from('{}'), headers: { 'content-type': 'application/json' } });
    expect(text).to.equal('{}');
    expect(model.asked[0]).to.include({ method: 'POST', url: '/api/chat' });
    expect(model.asked[0]?.headers).to.have.all.keys('host', 'connection', 'content-type', 'content-length');
    expect(model.asked[0]?.headers.host).to.equal(`alpha-${String(fixture.serial(0))}`);
  });

  it('takes no more of a model than is read, and cuts off who reads nothing', async () => {
    fixture = await RouterFixture.open(1, { replyBytes: 1 << 30 });
    let written = 0;
    const model = await fixture.servers.add(fixture.serial(0), (_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
      };
      response.on('drain', pour);
      pour();
    });
    const sink = new Writable({ highWaterMark: 1024, write: () => undefined });
    sink.on('error', () => undefined);
    const { error } = await fixture.askInto(sink);
    expect(error).to.include({ code: 'cancelled', reason: 'reader_too_slow' });
    expect(sink.destroyed).to.equal(true);
    expect(written).to.be.lessThan(32 * 2 ** 20);
    await waitFor('the model to be let go', () => model.asked[0]?.socket.destroyed);
  });

  it('ends what nobody waits for, before and after it has begun', async () => {
    fixture = await RouterFixture.open(1);
    const model = await fixture.servers.add(fixture.serial(0), () => undefined);
    for (const text of ['', 'half']) {
      model.behave = (_request, response) => {
        if (text !== '') response.write(text);
      };
      const leaving = new AbortController();
      const asking = fixture.ask({}, leaving.signal);
      await waitFor('the model', () => model.asked.length > 0);
      leaving.abort();
      expect((await asking).error).to.include({ code: 'cancelled' });
      await waitFor('the model to be let go', () => model.asked[0]?.socket.destroyed);
      model.asked.length = 0;
    }
    expect(fixture.router.table.figuresOf('alpha')).to.include({ left: 2, outstanding: 0 });
  });

  it('closes the connections of who has gone', async () => {
    fixture = await RouterFixture.open(1);
    const model = await fixture.servers.add(fixture.serial(0));
    await fixture.ask();
    expect(model.sockets.size).to.equal(1);
    fixture.change(fixture.serial(0), { state: 'failed' });
    await waitFor('the connection to go', () => model.sockets.size === 0);
  });
});

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** A way through an agent that finds nobody at the port once something was written. */
function tunnelThatFails(): Duplex {
  const stream = new PassThrough();
  stream.once('data', () => {
    stream.destroy(tunnelFailure({ reason: 'port_silent', text: 'nobody listens' }));
  });
  return stream;
}
