import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { DescMethod } from '@bufbuild/protobuf';
import { expect } from 'chai';
import type { LocalCalls } from '../../../../common/rpc/index.js';
import { LiveDesk } from '../../../../coordinator/gateway/live/index.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { waitFor } from '../../../support/wait-for.js';

const CROWD = 1_000;
/** What the system takes of a connection whose other end reads nothing. */
const KERNEL_BYTES = 64 * 1024;
const SLOW_MS = 1_000;
const FAREWELL_MS = 3_000;

/** A connection whose other end reads as much as its system takes, or everything, and subscribes to a topic. */
class Connection extends Duplex {
  readonly #reads: number;
  heldBytes = 0;
  heard = '';

  constructor(topic: string, reads: number) {
    super();
    this.#reads = reads;
    this.push(clientFrame(JSON.stringify({ type: 'subscribe', id: 'a', topic })));
  }

  override _read(): void {
    // It has said all that it says.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.heldBytes += chunk.length;
    if (this.#reads === Infinity) this.heard += chunk.toString('latin1');
    if (this.heldBytes <= this.#reads) done();
  }
}

/** A text of less than 126 bytes, masked with zeros. */
function clientFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

function upgradeRequest(): IncomingMessage {
  const headers = {
    host: '127.0.0.1',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  // As much of a request as is looked at.
  return {
    method: 'GET',
    url: '/v1/ws',
    headers,
    socket: { remoteAddress: '127.0.0.1' },
  } as unknown as IncomingMessage;
}

describe('WebSockets that never read', () => {
  it('are told no more than they take, a thousand at once, cut off and dropped, while others hear all', async () => {
    let asked = 0;
    let open = 0;
    /** A fleet that changes without end, each time told in 32 KiB that nobody else is told. */
    async function* stream(_to: object, _method: DescMethod, _init: object, how: { readonly signal: AbortSignal }) {
      open += 1;
      try {
        for (let revision = 1n; !how.signal.aborted; revision += 1n) {
          asked += 1;
          const change = { case: 'minerRemoved', value: randomBytes(16 * 1024).toString('hex') };
          yield { revision, synced: true, changes: [{ $typeName: 'headframe.v1.FleetChange', change }] };
          await new Promise(setImmediate);
        }
      } finally {
        open -= 1;
      }
    }
    const admit = () => ({ request: { method: '' }, leave: () => undefined });
    const clock = new ManualClock();
    const desk = new LiveDesk({
      calls: { admit, stream } as unknown as LocalCalls,
      clock,
      newId: () => 'id',
      origins: new Set(),
      onUnforeseen: () => undefined,
      slowClientMs: SLOW_MS,
    });
    const deaf = Array.from({ length: CROWD }, () => new Connection('fleet', KERNEL_BYTES));
    for (const connection of deaf) desk.upgrade(upgradeRequest(), connection, Buffer.alloc(0));
    await waitFor('all to be told', () => open === CROWD || undefined);
    await waitFor('nobody to take more', () => deaf.every(({ heldBytes }) => heldBytes > KERNEL_BYTES) || undefined);
    const reader = new Connection('fleet', Infinity);
    desk.upgrade(upgradeRequest(), reader, Buffer.alloc(0));
    const askedByDeaf = asked;
    await waitFor('what another is told', () => reader.heard.includes('"revision":"50"') || undefined);
    // What one is told beyond what it takes is the one frame that waits.
    expect(askedByDeaf).to.be.at.most(CROWD * 3);
    expect(deaf.every(({ heldBytes, writableLength }) => heldBytes + writableLength < 3.5 * 32 * 1024)).to.equal(true);
    clock.advance(SLOW_MS);
    await waitFor('the end of what they are told', () => open === 1 || undefined);
    expect(deaf.some(({ destroyed }) => destroyed)).to.equal(false);
    clock.advance(FAREWELL_MS);
    expect(deaf.every(({ destroyed }) => destroyed)).to.equal(true);
    expect(reader.destroyed).to.equal(false);
    reader.destroy();
    await waitFor('the end of all', () => open === 0 || undefined);
  });
});
