import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { expect } from 'chai';
import { ModelQuestion, RouterService } from '../../../../common/gen/headframe/v1/router_service_pb.js';
import type { AskModelResponse } from '../../../../common/gen/headframe/v1/router_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import { wireSpec } from '../../../support/coordinator-fixture.js';
import { collect } from '../../../support/echo-server.js';
import { expectReason } from '../../../support/expect-reason.js';
import type { FakeAgent } from '../../../support/fake-agent.js';
import { openGatewayFixture } from '../../../support/gateway-fixture.js';
import type { GatewayFixture } from '../../../support/gateway-fixture.js';
import { modelHost, wireModel } from '../../../support/model-manifest.js';
import { ModelServers, answerWith } from '../../../support/model-servers.js';
import type { ModelServer } from '../../../support/model-servers.js';
import { LiveListener } from '../../../support/live-listener.js';
import { sampleUsage } from '../../../support/sample-usage.js';
import { waitFor } from '../../../support/wait-for.js';

describe('models over HTTP', () => {
  const servers = new ModelServers();
  let fixture: GatewayFixture;
  let model: ModelServer;
  let agent: FakeAgent;
  let renter: string;

  before(async () => {
    fixture = await openGatewayFixture({
      metrics: '127.0.0.1:0',
      router: { headTimeout: '300ms', maxRequest: '200KiB' },
    });
    model = await servers.add(1);
    agent = await fixture.connect('host-1', { hello: modelHost('host-1', model.port) });
    await fixture.fleet.applyMiners({ miners: [wireModel('parrot'), wireSpec({ name: 'mute' })] });
    renter = await fixture.token('renter', ['default']);
    await waitFor('the model to run', async () => (await ask('GET /models/parrot/health')).status === 200);
  });

  beforeEach(() => {
    model.behave = answerWith('{"response":"hello"}', 200, 'application/json');
    model.asked.length = 0;
  });

  after(async () => {
    servers.close();
    await fixture.close();
  });

  it('are asked by those who may use them in their namespaces, and by nobody else', async () => {
    const { status, json } = await ask('POST /models/parrot/chat', {});
    expect([status, json]).to.deep.equal([200, { response: 'hello' }]);
    expect(model.asked[0]).to.include({ method: 'POST', url: '/api/chat' });
    expect((await ask('POST /models/parrot/chat', {}, await fixture.token('viewer'))).status).to.equal(403);
    expect((await ask('POST /models/parrot/chat', {}, await fixture.token('renter', ['other']))).json).to.include({
      reason: 'miner_not_found',
    });
    expect((await fixture.send(undefined, 'POST /models/parrot/chat', {})).status).to.equal(401);
  });

  it('hear nothing of who asks, and say nothing in the name of the coordinator', async () => {
    model.behave = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b', 'x-frame-options': 'ALLOWALL' });
      response.end('<script>alert(1)</script>');
    };
    const { headers } = await ask('POST /models/parrot/chat', {}, renter, {
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
    });
    expect(headers).to.include({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "sandbox; default-src 'none'",
    });
    expect(headers['headframe-instance']).to.match(/^parrot-\d+$/);
    expect(headers).to.not.have.any.keys('set-cookie', 'x-frame-options');
    const heard = model.asked[0]?.headers ?? {};
    expect(heard['x-request-id']).to.equal(headers['x-request-id']);
    expect(heard).to.have.all.keys('host', 'connection', 'content-type', 'content-length', 'x-request-id');
  });

  it('are listed, and shown with how they answer', async () => {
    expect((await ask('GET /models')).json).to.deep.equal({ models: [{ name: 'parrot', replicas: 1, ready: 1 }] });
    const { json } = await ask('GET /v1/models/parrot', undefined, await fixture.token('viewer'));
    expect(json)
      .to.have.nested.property('model.figures.requests')
      .that.matches(/^[1-9]/);
    expect(json).to.have.nested.property('instances[0].ready', true);
    expect(json).to.have.nested.property('instances[0].figures.latency.p50Ms').that.is.above(0);
    expect((await ask('GET /models/mute/info')).json).to.include({ status: 409, reason: 'not_a_model' });
    model.behave = answerWith('{"model":"parrot"}', 200, 'application/json');
    expect((await ask('GET /models/parrot/info')).json).to.deep.equal({ model: 'parrot' });
    expect(model.asked.at(-1)).to.include({ method: 'GET', url: '/info' });
  });

  it('are counted by how the call ended, which is well where all was answered', async () => {
    const ended = async (code: string): Promise<number> => {
      const text = await (await fetch(`http://${fixture.coordinator.metricsAddress ?? ''}/metrics`)).text();
      const line = text.split('\n').find((one) => one.includes('RouterService/AskModel"') && one.includes(`"${code}"`));
      return Number(/ (\d+)$/.exec(line ?? '')?.[1] ?? 0);
    };
    const [well, left] = [await ended('ok'), await ended('cancelled')];
    for (let count = 0; count < 5; count += 1) await ask('POST /models/parrot/chat', {});
    await waitFor('the count', async () => (await ended('ok')) === well + 5 || undefined);
    expect(await ended('cancelled')).to.equal(left);
  });

  it('are told of in the topic of metrics, with how they answer', async () => {
    await ask('POST /models/parrot/chat', {});
    const { hostId: _hostId, ...usage } = sampleUsage('host-1', [...agent.held.keys()]);
    await agent.reportUsage(usage);
    const listener = await LiveListener.connect(fixture, await fixture.token('viewer'));
    listener.subscribe('metrics', { everySeconds: 1 });
    const frame = await listener.wait(
      'metrics',
      ({ type, data }) => type === 'Metrics' && JSON.stringify(data).includes('asked'),
    );
    expect(frame).to.have.nested.property('data[0].asked.answered').that.is.above(0);
    expect(frame).to.have.nested.property('data[0].asked.latency_ms.p95').that.is.above(0);
    listener.socket.terminate();
  });

  it('stream both ways at once, before either has ended', async () => {
    model.behave = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      request.pipe(response);
    };
    const request = open('POST /models/parrot/chat', { 'transfer-encoding': 'chunked' });
    request.write('one');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.headers['content-type']).to.equal('text/event-stream');
    const texts: string[] = [];
    const ended = once(response, 'end');
    response.on('data', (chunk: Buffer) => texts.push(String(chunk)));
    await waitFor('the first piece', () => texts.join('') === 'one');
    request.end('two');
    await ended;
    expect(texts.join('')).to.equal('onetwo');
  });

  it('get bodies up to the limit alone, announced or not', async () => {
    model.behave = (request, response) => {
      request.resume().on('end', () => response.end('all'));
    };
    const large = Buffer.alloc(150 * 1024, 'x');
    expect(await answerTo(open('POST /models/parrot/chat').end(large))).to.deep.equal([200, 'all']);
    const announced = open('POST /models/parrot/chat', { 'content-length': String(300 * 1024) });
    announced.on('error', () => undefined).flushHeaders();
    expect((await answerTo(announced))[0]).to.equal(413);
    const chunked = open('POST /models/parrot/chat', { 'transfer-encoding': 'chunked' });
    chunked.on('error', () => undefined).write(large);
    chunked.write(large);
    expect((await answerTo(chunked))[0]).to.equal(413);
  });

  it('are let go by whoever leaves', async () => {
    model.behave = (_request, response) => void response.write('half');
    const request = open('POST /models/parrot/chat');
    request.on('error', () => undefined).end('{}');
    await once(request, 'response');
    request.destroy();
    await waitFor('the model to be let go', () => model.asked[0]?.socket.destroyed);
  });

  it('are broken off where they break off, and else refused with a reason', async () => {
    model.behave = (request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
      setTimeout(() => request.socket.destroy(), 30);
    };
    const request = open('POST /models/parrot/chat');
    request.end('{}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await once(response.resume(), 'error').then(([error]) => String(error))).to.match(/aborted/);
    model.behave = (asked) => asked.socket.destroy();
    expect((await ask('POST /models/parrot/chat', {})).json).to.include({ status: 502, reason: 'model_reply_broken' });
    model.behave = () => undefined;
    expect((await ask('POST /models/parrot/chat', {})).json).to.include({ status: 504, reason: 'model_timeout' });
  });

  it('refuse what they would not heed', async () => {
    for (const name of ['if-match', 'idempotency-key'])
      expect((await ask('POST /models/parrot/chat', {}, renter, { [name]: '"12345678"' })).status).to.equal(400);
    expect(model.asked).to.have.lengthOf(0);
  });

  it('say when to ask again where none is ready', async () => {
    await fixture.fleet.stopMiner({ name: 'parrot' });
    const { headers, json } = await waitFor('its end', async () => {
      const answer = await ask('POST /models/parrot/chat', {});
      return answer.status === 503 && answer;
    });
    expect(json).to.include({ reason: 'model_not_ready' });
    expect(headers['retry-after']).to.equal('5');
    await fixture.fleet.restartMiner({ name: 'parrot' });
    await waitFor('it to run', async () => (await ask('GET /models/parrot/health')).status === 200);
  });

  it('are asked over gRPC alike', async () => {
    const client = createClient(RouterService, fixture.channel);
    model.behave = (request, response) => {
      request.pipe(response.writeHead(201, { 'content-type': 'text/plain' }));
    };
    const chat = { model: 'parrot', question: ModelQuestion.CHAT, body: Buffer.from('so'), contentType: 'text/x' };
    const [head, ...data] = await collect(client.askModel(chat));
    expect(head?.message.value).to.include({ status: 201, contentType: 'text/plain' });
    expect(Buffer.concat(data.map(bytesOf)).toString()).to.equal('so');
    expect(model.asked[0]?.headers['content-type']).to.equal('text/x');
    await expectReason(collect(client.askModel({ model: 'parrot' })), 'request_invalid');
    await expectReason(collect(client.askModel({ ...chat, contentType: 'a\r\nb: c' })), 'request_invalid');
    await expectReason(collect(client.askModel({ ...chat, model: 'mute' })), 'not_a_model');
    model.behave = (request, response) => {
      response.write('half');
      setTimeout(() => request.socket.destroy(), 30);
    };
    await expectReason(collect(client.askModel(chat)), 'model_reply_broken');
  });

  function ask(line: string, body?: object, token = renter, headers: Record<string, string> = {}) {
    return fixture.send(token, line, body, headers);
  }

  function open(line: string, headers: Record<string, string> = {}): ClientRequest {
    const [method = '', path = ''] = line.split(' ');
    const [host = '', port = ''] = fixture.address.split(':');
    const own = { authorization: `Bearer ${renter}`, 'content-type': 'application/json', ...headers };
    return secureRequest({ host, port, method, path, headers: own, ca: fixture.authorities, agent: false });
  }
});

async function answerTo(request: ClientRequest): Promise<[number, string]> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return [response.statusCode ?? 0, Buffer.concat(chunks).toString()];
}

function bytesOf({ message }: AskModelResponse): Uint8Array {
  return message.case === 'data' ? message.value : new Uint8Array();
}
