import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../../../common/observe/logger.js';
import { ownConnection } from '../../../../../coordinator/store/index.js';
import { makeOperator } from '../../../../support/nats-operator.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { waitFor } from '../../../../support/wait-for.js';

const INFO = { server_id: 'x', server_name: 'n1', version: '2.12.0', proto: 1, max_payload: 1_048_576, headers: true };

/** The least of a NATS server: lets in or refuses who connects, and keeps what they showed. */
class Door implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  refuses = false;
  refused = 0;
  /** What each that was let in has said of itself. */
  readonly shown: string[] = [];

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.write(`INFO ${JSON.stringify({ ...INFO, nonce: 'abc', auth_required: true })}\r\n`);
      socket.on('data', (data) => this.#answer(socket, data.toString()));
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `nats://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Ends all connections. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(socket: Socket, text: string): void {
    if (this.refuses) {
      this.refused += 1;
      socket.end("-ERR 'Authorization Violation'\r\n");
      return;
    }
    if (text.startsWith('CONNECT')) this.shown.push(text);
    if (text.includes('PING')) socket.write('PONG\r\n');
  }
}

describe('A connection to NATS', () => {
  it('is tried on where servers refuse it for a time, as where they do not know their users yet', async () => {
    await using door = new Door();
    const source = ownConnection({ servers: await door.listen(), name: 'test', logger: silentLogger });
    const connection = await source.open();
    door.refuses = true;
    door.breakAll();
    await waitFor('three refusals, or its end', () => door.refused >= 3 || connection.isClosed());
    door.refuses = false;
    expect(connection.isClosed()).to.equal(false);
    await waitFor('being let in again', () => door.shown.length === 2);
    await source.close();
  });

  it('is made again by what the file of credentials holds by then, and by the former where that is none', async () => {
    await using folder = await makeTempDir();
    await using door = new Door();
    const credentialsFile = join(folder.path, 'creds');
    await writeFile(credentialsFile, makeOperator(['>']).credentials);
    const source = ownConnection({ servers: await door.listen(), name: 'test', credentialsFile, logger: silentLogger });
    await source.open();
    for (const credentials of [makeOperator(['>']).credentials, 'none']) {
      await writeFile(credentialsFile, credentials);
      const times = door.shown.length + 1;
      door.breakAll();
      await waitFor('being let in again', () => door.shown.length === times);
    }
    await source.close();
    const [first, second, third] = door.shown.map((text) => /"jwt":"([^"]+)"/.exec(text)?.[1]);
    expect(first).to.be.a('string');
    expect(second).to.be.a('string').and.not.equal(first);
    expect(third).to.equal(second);
  });
});
