import { expect } from 'chai';
import { answerWith } from '../../../support/model-servers.js';
import { RouterFixture } from '../../../support/router-fixture.js';
import type { Answered } from '../../../support/router-fixture.js';

describe('what a model may do to the router', () => {
  let fixture: RouterFixture;

  afterEach(() => {
    fixture.close();
  });

  beforeEach(async () => {
    fixture = await RouterFixture.open(2);
  });

  /** How a question ends when both models behave so, which of them is asked, and how it is counted. */
  async function met(
    behave: Parameters<typeof fixture.servers.add>[1],
  ): Promise<Answered & { readonly counted: string }> {
    for (const serial of fixture.serials) await fixture.servers.add(serial, behave);
    const answered = await fixture.ask({ body: Buffer.from('ask') });
    return { ...answered, counted: fixture.ended.map(({ outcome }) => outcome).join() };
  }

  it('resets before its answer: nobody else is asked', async () => {
    const { error, counted, head } = await met((request) => request.socket.resetAndDestroy());
    expect(error).to.include({ reason: 'model_reply_broken' });
    expect([head, counted]).to.deep.equal([undefined, 'broken']);
    expect(fixture.servers.connects).to.have.lengthOf(1);
  });

  it('resets in the middle of its answer, which is broken off', async () => {
    const { error, counted, isBroken, text } = await met((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => request.socket.resetAndDestroy(), 30);
    });
    expect(error).to.include({ reason: 'model_reply_broken' });
    expect([isBroken, text, counted]).to.deep.equal([true, 'half', 'broken']);
  });

  it('hangs before its answer, or in its middle', async () => {
    const before = await met(() => undefined);
    expect(before.error).to.include({ code: 'deadline_exceeded', reason: 'model_timeout' });
    const within = await met((_request, response) => void response.write('half'));
    expect(within.error).to.include({ reason: 'model_timeout' });
    expect([within.isBroken, within.counted]).to.deep.equal([true, 'timedOut,timedOut']);
  });

  it('streams for ever: in time or in bytes', async () => {
    const drip = await met((_request, response) => {
      const timer = setInterval(() => response.write('.'), 100);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    expect(drip.error).to.include({ reason: 'model_timeout' });
    expect(drip.text.length).to.be.within(3, 15);
    const flood = await met((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(8_192)));
      };
      response.on('drain', pour);
      pour();
    });
    expect(flood.error).to.include({ reason: 'model_reply_broken' });
    expect(flood.text.length).to.be.at.most(65_536);
  });

  it('announces more than it may answer', async () => {
    const { error, head } = await met((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' }).write('x');
    });
    expect(error).to.include({ reason: 'model_reply_broken' });
    expect(head).to.equal(undefined);
  });

  it('fails or refuses with a text of its own, which is passed on and counted', async () => {
    const failed = await met(answerWith('Traceback: no', 500));
    expect([failed.head?.status, failed.text, failed.error]).to.deep.equal([500, 'Traceback: no', undefined]);
    const rejected = await met(answerWith('what?', 422));
    expect([rejected.head?.status, rejected.counted]).to.deep.equal([422, 'failed,rejected']);
  });

  it('answers garbage, oversized headers, or leads elsewhere', async () => {
    const garbage = await met((request) => request.socket.end('HELLO I AM NO HTTP\r\n\r\n'));
    expect(garbage.error).to.include({ reason: 'model_reply_broken' });
    const large = await met((request) => request.socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`));
    expect(large.error).to.include({ reason: 'model_reply_broken' });
    const away = await met((_request, response) => response.writeHead(302, { location: 'http://example.com' }).end());
    expect([away.head, away.counted]).to.deep.equal([undefined, 'broken,broken,broken']);
  });

  it('says how it is of its own, but nothing in the name of the coordinator', async () => {
    const { head } = await met((_request, response) => {
      response
        .writeHead(200, {
          ...{ 'content-type': 'text/html', 'set-cookie': 'a=b', 'www-authenticate': 'Basic', server: 'evil' },
          ...{ 'access-control-allow-origin': '*', 'retry-after': '7', 'strict-transport-security': 'max-age=0' },
        })
        .end('<script>');
    });
    expect(head?.headers).to.have.all.keys('content-type', 'retry-after');
    expect(head?.headers).to.include({ 'content-type': 'application/octet-stream', 'retry-after': '7' });
  });
});
