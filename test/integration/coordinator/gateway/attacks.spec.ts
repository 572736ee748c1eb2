import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { expect } from 'chai';
import { AccessService, TokenKind } from '../../../../common/gen/headframe/v1/access_service_pb.js';
import { FleetService } from '../../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { LocalCalls } from '../../../../common/rpc/index.js';
import { ROLE } from '../../../../common/wire/client.js';
import { createHttpApp } from '../../../../coordinator/gateway/http-app.js';
import { LiveDesk } from '../../../../coordinator/gateway/live/index.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { adminCertificates } from '../../../support/host-certificates.js';
import { waitFor } from '../../../support/wait-for.js';

const HOST = 'host: localhost';

/** Connections that the server still has. */
function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

function dialled(server: Server): Socket {
  // A TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  return connect({ host: '127.0.0.1', port, allowHalfOpen: true }).on('error', () => undefined);
}

const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const isLeft = async (server: Server): Promise<true | undefined> =>
  (await connectionsOf(server)) === 0 ? true : undefined;

describe('connections that nobody ends', () => {
  let socket: Socket;
  let end: () => unknown;
  afterEach(() => {
    socket.destroy();
    return end();
  });

  const quiet = { origins: new Set<string>(), clock: systemClock, newId: () => 'id', onUnforeseen: () => undefined };

  it('are let go of once an upgrade was refused, though the other side keeps its half', async () => {
    const admit = (): never => {
      throw new HeadframeError({ code: 'unauthenticated', reason: 'unauthenticated', message: 'who are you?' });
    };
    // As much of it as refusals use.
    const calls = { admit } as unknown as LocalCalls;
    const server = createServer().on('upgrade', new LiveDesk({ ...quiet, calls, slowClientMs: 300 }).upgrade);
    end = () => server.close();
    await listening(server);
    socket = dialled(server);
    let told = '';
    socket.on('data', (data: Buffer) => (told += data.toString()));
    socket.write(`GET /v1/ws HTTP/1.1\r\n${HOST}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    await waitFor('the refusal', () => told !== '');
    await waitFor('its end', () => isLeft(server), 5_000);
    expect(told).to.match(/^HTTP\/1\.1 401 /);
  });

  const LARGE = 'x'.repeat(64 * 2 ** 20);

  /** Serves a large answer to whoever asks, and WebSockets; with a client that has asked and reads nothing of it. */
  async function serveLarge(slowClientMs: number): Promise<Server> {
    const admission = { request: { method: '' }, leave: () => undefined };
    // As much of it as a route uses that makes no call.
    const calls = { admit: () => admission } as unknown as LocalCalls;
    const route = {
      ...({ verb: 'GET', path: '/large', method: FleetService.method.listMiners } as const),
      about: { summary: 'Much' },
      answer: () => Promise.resolve({ status: 200, body: LARGE, type: 'text/plain' }),
    };
    const serverOf = (listener: Parameters<typeof createServer>[1] & object): Server => createServer(listener);
    const app = await createHttpApp([route], { ...quiet, calls, serverOf, bodyBytes: 1024, slowClientMs });
    const { server } = app;
    server.on('upgrade', new LiveDesk({ ...quiet, calls, slowClientMs }).upgrade);
    end = () => {
      socket.destroy();
      server.close();
    };
    await app.ready();
    await listening(server);
    socket = dialled(server);
    socket.pause();
    socket.write(`GET /large HTTP/1.1\r\n${HOST}\r\n\r\n`);
    await waitFor('the connection', async () => ((await connectionsOf(server)) === 1 ? true : undefined));
    return server;
  }

  it('are cut off when nothing of an answer is read', async () => {
    const server = await serveLarge(300);
    await waitFor('its end', () => isLeft(server), 5_000);
    expect(socket.bytesRead).to.be.below(LARGE.length);
  });

  it('are let go of once an upgrade that is none was refused, though what came before is not read', async () => {
    const server = await serveLarge(60_000);
    await once(socket, 'readable');
    socket.write(`GET /v1/ws HTTP/1.1\r\n${HOST}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    await waitFor('its end', () => isLeft(server), 8_000);
    expect(socket.bytesRead).to.be.below(LARGE.length);
  });
});

describe('bytes that are no request', () => {
  let fixture: CoordinatorFixture;
  let authorities: Buffer;

  before(async () => {
    fixture = await openCoordinatorFixture({ http: { listen: '127.0.0.1:0' } });
    ({ authorities } = await adminCertificates(fixture.folder));
  });
  after(() => fixture.close());

  /** All that comes back until the other side ends it. */
  function said(bytes: string): Promise<string> {
    const [host = '', port = ''] = (fixture.coordinator.httpAddress ?? '').split(':');
    return new Promise((resolve, reject) => {
      let told = '';
      const socket = connectSecurely({ host, port: Number(port), ca: authorities, ALPNProtocols: ['http/1.1'] });
      socket.setTimeout(3_000, () => socket.destroy(new Error(`it goes on after: ${told}`)));
      socket.on('data', (data: Buffer) => (told += data.toString()));
      socket.on('error', reject);
      socket.on('close', () => {
        resolve(told);
      });
      socket.write(bytes);
    });
  }

  it('are answered once, and end the connection of whoever is known, so that nothing hides behind them', async () => {
    const access = createClient(AccessService, fixture.channel);
    const wish = { role: ROLE.toWire('viewer'), kind: TokenKind.BEARER, ttlMs: 3_600_000n };
    const { credential } = await access.createToken(wish);
    const known = `${HOST}\r\nauthorization: Bearer ${credential}`;
    const hidden = `0\r\n\r\nGET /modules HTTP/1.1\r\n${known}\r\nconnection: close\r\n\r\n`;
    const length = `content-length: ${String(hidden.length)}`;
    const heads = [
      `${known}\r\n${length}\r\ntransfer-encoding: chunked`,
      `${known}\r\ncontent-length: 5\r\n${length}`,
      `${known}\r\ntransfer-encoding: chunked, identity`,
      `${known}\r\ntransfer-encoding : chunked`,
      `x-no: host\r\ncontent-length: 5`,
    ];
    for (const head of heads) {
      const told = await said(`POST /modules HTTP/1.1\r\n${head}\r\n\r\n${hidden}`);
      expect(told.match(/HTTP\/1\.1 \d{3}/g), head).to.deep.equal(['HTTP/1.1 400']);
    }
  });

  it('cost a stranger a connection each, whatever is wrong with them', async () => {
    const asks = [
      ['401', `GET /modules/%zz HTTP/1.1\r\n${HOST}`],
      ['401', `GET /modules/${'x'.repeat(500)} HTTP/1.1\r\n${HOST}`],
      ['401', `GET http://elsewhere.example/modules HTTP/1.1\r\n${HOST}`],
      ['401', `GET /modules HTTP/1.1\r\n${HOST}\r\nconnection: upgrade\r\nupgrade: h2c`],
      ['403', `GET /modules HTTP/1.1\r\n${HOST}\r\norigin: https://elsewhere.example`],
      ['403', `OPTIONS /modules HTTP/1.1\r\n${HOST}\r\norigin: null`],
      ['401', `OPTIONS * HTTP/1.1\r\n${HOST}`],
      ['431', `GET /modules HTTP/1.1\r\n${HOST}\r\nx-a: ${'x'.repeat(20_000)}`],
    ] as const;
    for (const [status, head] of asks) {
      const told = await said(`${head}\r\n\r\n`);
      expect(told.slice(9, 12), head.slice(0, 100)).to.equal(status);
      expect(told).not.to.match(/access-control/i);
    }
  });
});

describe('a gateway that stops', () => {
  it('waits for nobody beyond its grace, not even for those who have yet to say who they are', async function () {
    this.timeout(9_000);
    const fixture = await openCoordinatorFixture({ http: { listen: '127.0.0.1:0' } });
    const [host = '', port = ''] = (fixture.coordinator.httpAddress ?? '').split(':');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true }).on('error', () => undefined);
    await once(socket, 'connect');
    const ended = once(socket.resume(), 'end');
    await fixture.close();
    await ended;
    socket.destroy();
  });
});
