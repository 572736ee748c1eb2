import { expect } from 'chai';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { NO_CREDENTIAL } from '../../../../common/model/caller.js';
import type { Caller } from '../../../../common/model/caller.js';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { Channel, RpcServer, createClient } from '../../../../common/rpc/index.js';
import type { CallFailure, Certificates, RpcServerOptions } from '../../../../common/rpc/index.js';
import { plainEcho } from '../../../support/echo-server.js';
import { EchoService } from '../../../support/gen/echo/v1/echo_pb.js';
import { FLAG, FRAME, RawHttp2, callFrame, callHeaders, frame } from '../../../support/raw-http2.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { openTestAuthority } from '../../../support/test-authority.js';
import { waitFor } from '../../../support/wait-for.js';

const SAY = '/echo.v1.EchoService/Say';
const REPEAT = '/echo.v1.EchoService/Repeat';
/** Whoever has no certificate may call it, as hosts do that join. */
const OPEN = '/echo.v1.EchoService/Join';

describe('a server among strangers', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  let server: RpcServer;
  let port: number;
  let admin: Certificates;
  let refused: string[];
  let handled: string[];
  let failures: CallFailure[];
  let honest: Awaited<ReturnType<typeof openHonest>>;
  let open: RawHttp2[];

  async function serve(options: Partial<RpcServerOptions> = {}): Promise<void> {
    const authority = await openTestAuthority(join(folder.path, 'ours'), systemClock);
    const own = await authority.issueServer(['127.0.0.1']);
    admin = await authority.issueIdentity({ role: 'admin', name: 'ada' });
    const told = {
      onUnforeseen: (failure: CallFailure) => failures.push(failure),
      onRefused: ({ reason }: { readonly reason: string }) => refused.push(reason),
    };
    server = new RpcServer({ clock: systemClock, newRequestId: () => 'r', authorize, ...told, ...options });
    server.add(EchoService, {
      ...plainEcho,
      say: async ({ text }) => {
        handled.push(text);
        return { text };
      },
    });
    const source = { current: () => own, onChange: () => () => undefined };
    const address = await server.listen('127.0.0.1:0', { kind: 'mutual', source });
    port = Number(address.slice(address.lastIndexOf(':') + 1));
    honest = await openHonest(address, admin);
  }

  function authorize({ certificate, method }: { certificate: Buffer | undefined; method: string }): Caller {
    const role = 'admin';
    if (certificate !== undefined) return { role, name: 'ada', credential: 'serial' };
    if (method === OPEN) return { role: 'agent', name: 'stranger', credential: NO_CREDENTIAL };
    refused.push('no_certificate');
    throw new HeadframeError({ code: 'unauthenticated', reason: 'unauthenticated', message: 'no' });
  }

  const connect = async (proof?: Certificates): Promise<RawHttp2> => {
    const raw = await RawHttp2.open(port, proof);
    open.push(raw);
    return raw;
  };
  const dropped = (raw: RawHttp2): Promise<unknown> => within(raw.closed, 'the connection to be dropped');

  beforeEach(async () => {
    folder = await makeTempDir();
    [refused, handled, failures, open] = [[], [], [], []];
  });
  afterEach(async () => {
    // Whatever strangers did, who is known goes on as before, on the same stream.
    try {
      expect(await honest.echo('still here')).to.equal('still here');
      expect(failures).to.deep.equal([]);
    } finally {
      for (const raw of open) raw.close();
      honest.close();
      await server.shutdown(0);
      await folder[Symbol.asyncDispose]();
    }
  });

  it('refuses a call by its headers, takes no byte of its message, and ends it though more is being sent', async () => {
    await serve();
    const raw = (await connect()).greet();
    raw.send(callFrame(1, SAY));
    await waitFor('the refusal', async () => raw.got(FRAME.headers));
    raw.send(frame(FRAME.data, 0, 1, Buffer.alloc(16_000)));
    await waitFor('the end of the call', async () => raw.got(FRAME.reset));
    expect(refused).to.deep.equal(['no_certificate']);
    // No window was opened for more.
    expect(raw.got(FRAME.window)).to.equal(false);
    expect(handled).to.deep.equal([]);
  });

  it('takes little of what whoever has no certificate sends to where a join goes', async () => {
    await serve();
    const raw = (await connect()).greet();
    const megabyte = Buffer.concat([Buffer.of(0), u32(1_000_000), Buffer.alloc(59_000)]);
    raw.send(callFrame(1, OPEN));
    for (let at = 0; at < megabyte.length; at += 16_000)
      raw.send(frame(FRAME.data, 0, 1, megabyte.subarray(at, at + 16_000)));
    await waitFor('room for more', async () => raw.got(FRAME.window));
    raw.send(frame(FRAME.data, 0, 1, Buffer.alloc(16_000)));
    await waitFor('the refusal', async () => refused.includes('message_too_large'));
    await waitFor('the end of the call', async () => raw.got(FRAME.reset));
  });

  it('drops who proves nothing in time: silent, or dripping a preface, headers or a message', async () => {
    await serve({ strangers: { stayMs: 600, bytes: 1_000_000 } });
    const [silent, preface, headers, message] = await Promise.all([connect(), connect(), connect(), connect()]);
    preface.socket.write('PRI * HTTP/2.0\r\n');
    headers.greet().send(frame(FRAME.headers, 0, 1, callHeaders(OPEN)));
    message.greet().send(callFrame(1, OPEN));
    const drips = setInterval(() => {
      headers.send(frame(FRAME.more, 0, 1, Buffer.alloc(0)));
      message.send(frame(FRAME.data, 0, 1, Buffer.of(0)));
    }, 100);
    try {
      await Promise.all([silent, preface, headers, message].map(dropped));
    } finally {
      clearInterval(drips);
    }
    // Endless parts of headers are against the protocol sooner than they are too slow.
    expect(refused.filter((reason) => reason === 'unproven_too_long')).to.have.length.within(3, 4);
    expect(refused).to.have.length(4);
  });

  it('drops who sends more than any join before it proves anything', async () => {
    await serve({ strangers: { stayMs: 30_000, bytes: 100_000 } });
    const raw = (await connect()).greet();
    // Frames of types that nobody knows are to be ignored, and nobody hears of them.
    await raw.flood(() => frame(0x20, 0, 0, Buffer.alloc(10_000)), 1_000_000);
    await dropped(raw);
    expect(refused).to.deep.equal(['unproven_too_much']);
  });

  const floods: readonly [string, boolean, (turn: number) => Buffer][] = [
    ['refused calls', false, (turn) => callFrame(2 * turn + 1, SAY)],
    ['calls of methods that there are not', true, (turn) => callFrame(2 * turn + 1, '/echo.v1.EchoService/None')],
    [
      'calls opened and given up',
      true,
      (turn) => Buffer.concat([callFrame(2 * turn + 1, REPEAT), frame(FRAME.reset, 0, 2 * turn + 1, u32(8))]),
    ],
    [
      'calls given up of methods that there are not',
      false,
      (turn) => Buffer.concat([callFrame(2 * turn + 1, '/none'), frame(FRAME.reset, 0, 2 * turn + 1, u32(8))]),
    ],
    ['pings', true, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ['settings', true, () => frame(FRAME.settings, 0, 0)],
  ];
  for (const [what, isKnown, frames] of floods)
    it(`drops a connection with too many ${what}`, async () => {
      await serve();
      const raw = (await connect(isKnown ? admin : undefined)).greet();
      const sent = await raw.flood(frames, 200_000);
      await dropped(raw);
      expect(refused.at(-1)).to.equal('too_much_trouble');
      expect(sent).to.be.below(200_000);
      expect(refused.length).to.be.below(200);
    });

  it('refuses a call with headers that are too large, and drops who never ends them', async () => {
    await serve({ strangers: { stayMs: 500, bytes: 10_000_000 } });
    const large = (await connect(admin)).greet();
    const block = callHeaders(SAY, ...[1, 2, 3].map((n) => [`x-large-${String(n)}`, 'x'.repeat(10_000)] as const));
    large.send(frame(FRAME.headers, 0, 1, block.subarray(0, 16_000)));
    large.send(frame(FRAME.more, FLAG.endHeaders, 1, block.subarray(16_000)));
    await waitFor('the refusal', async () => refused.includes('headers_too_large'));
    await waitFor('the answer', async () => large.got(FRAME.headers));

    const many = (await connect(admin)).greet();
    const headers = Array.from({ length: 1_000 }, (_, n) => [`x-${String(n)}`, ''] as const);
    many.send(frame(FRAME.headers, FLAG.endHeaders, 1, callHeaders(SAY, ...headers)));
    await waitFor('the call to be ended', async () => many.got(FRAME.reset));

    for (const value of ['x'.repeat(70_000), 'x'.repeat(200_000)]) {
      const huge = (await connect(admin)).greet();
      const whole = callHeaders(SAY, ['x-huge', value]);
      huge.send(frame(FRAME.headers, 0, 1, whole.subarray(0, 16_000)));
      for (let at = 16_000; at < whole.length; at += 16_000)
        huge.send(frame(FRAME.more, 0, 1, whole.subarray(at, at + 16_000)));
      // HTTP/2 hears nothing more of such a connection, which is not closed by that.
      await waitFor('the farewell', async () => huge.got(FRAME.goaway));
      await dropped(huge);
      expect(refused.at(-1)).to.equal('unproven_too_long');
    }
    const endless = (await connect(admin)).greet();
    endless.send(frame(FRAME.headers, 0, 1, callHeaders(SAY)));
    await endless.flood(() => frame(FRAME.more, 0, 1, Buffer.alloc(0)), 200_000);
    await dropped(endless);
    expect(refused.at(-1)).to.equal('ERR_HTTP2_ERROR');
    expect(handled).to.deep.equal([]);
  });

  it('waits only so long for the request of somebody known', async () => {
    await serve({ requestMs: 200 });
    const raw = (await connect(admin)).greet();
    raw.send(callFrame(1, SAY), frame(FRAME.data, 0, 1, Buffer.concat([Buffer.of(0), u32(100)])));
    await waitFor('the call to be ended', async () => raw.got(FRAME.reset));
    expect(refused).to.deep.equal(['request_too_slow']);
    raw.send(callFrame(3, SAY), frame(FRAME.data, FLAG.endStream, 3, Buffer.concat([Buffer.of(0), u32(0)])));
    await waitFor('the next to be answered', async () => handled.length === 1);
  });

  it('ends the stream of somebody known who never reads', async () => {
    const ended: string[] = [];
    await serve({ stallMs: 200, onEnded: ({ method, code }) => ended.push(`${method} ${code}`) });
    const raw = (await connect(admin)).greet();
    // Settings: a window of nothing for each stream.
    raw.send(frame(FRAME.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), u32(0)])));
    raw.send(callFrame(1, REPEAT), frame(FRAME.data, FLAG.endStream, 1, Buffer.concat([Buffer.of(0), u32(0)])));
    await waitFor('the call to end', async () => ended.includes(`${REPEAT} resource_exhausted`));
    expect(raw.got(FRAME.data)).to.equal(false);
  });

  it('speaks to nobody who offers no HTTP/2, or says something else', async () => {
    await serve();
    const other = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    other.on('error', () => undefined);
    await within(new Promise((resolve) => other.once('close', resolve)), 'the other protocol to be dropped');
    const http1 = await connect();
    http1.socket.write('GET / HTTP/1.1\r\nhost: coordinator\r\n\r\n');
    await dropped(http1);
    expect(refused).to.have.length(2);
    expect(refused).to.include('ERR_HTTP2_ERROR');
  });
});

/** Somebody known with a stream that is open all the while. */
async function openHonest(address: string, proof: Certificates) {
  const security = { kind: 'mutual', source: { current: () => proof } } as const;
  const channel = new Channel({ address, security, clock: systemClock });
  const chat = createClient(EchoService, channel).chat();
  const answers = chat.responses[Symbol.asyncIterator]();
  const echo = async (text: string): Promise<string | undefined> => {
    await chat.requests.write({ text });
    const next = await answers.next();
    return next.done === true ? undefined : next.value.text;
  };
  await echo('here');
  const close = (): void => {
    channel.close();
  };
  return { echo, close };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = new AbortController();
  const timer = sleep(8_000, undefined, { signal: late.signal }).then(() => {
    throw new Error(`waited in vain for ${what}`);
  });
  try {
    return await Promise.race([promise, timer]);
  } finally {
    timer.catch(() => undefined);
    late.abort();
  }
}
