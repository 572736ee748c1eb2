import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { systemClock } from '../../../../common/model/clock.js';
import { Listener } from '../../../../common/rpc/listener.js';

/** More than Node's own backlog of 511 holds. */
const CALLERS = 1_500;
const BUSY_MS = 2_500;

/** Connects at once and prints the milliseconds until the last connection stood. */
const CALLER = `
  const { connect } = require('node:net');
  const [port, count] = process.argv.slice(1).map(Number);
  const begunMs = performance.now();
  let left = count;
  for (let at = 0; at < count; at += 1)
    connect(port, '127.0.0.1', () => {
      left -= 1;
      if (left > 0) return;
      process.stdout.write(String(performance.now() - begunMs));
      process.exit();
    });
`;

describe('Listener', function () {
  this.timeout(30_000);

  it('lets a fleet in that comes at once while the program is busy', async () => {
    const sockets: Socket[] = [];
    const listener = plainListener((socket) => {
      socket.on('error', () => undefined);
      sockets.push(socket);
    });
    const address = await listener.listen('127.0.0.1:0');
    const port = address.slice(address.lastIndexOf(':') + 1);
    const caller = spawn(process.execPath, ['-e', CALLER, port, String(CALLERS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told = once(caller.stdout, 'data');
    // Nothing is accepted meanwhile; whom the kernel turns away tries again after a second, then three, then seven.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
    const [lastMs] = (await told) as [Buffer];
    listener.close();
    for (const socket of sockets) socket.destroy();
    expect(Number(lastMs)).to.be.below(BUSY_MS);
  });

  it('names what it cannot listen on', async () => {
    const first = plainListener(() => undefined);
    const address = await first.listen('127.0.0.1:0');
    const error: unknown = await plainListener(() => undefined)
      .listen(address)
      .catch((thrown: unknown) => thrown);
    first.close();
    expect(error).to.have.property('code', 'EADDRINUSE');
  });
});

function plainListener(onConnection: (socket: Socket) => void): Listener {
  const limits = { total: 10 * CALLERS, perAddress: CALLERS };
  return new Listener({
    clock: systemClock,
    security: { kind: 'plaintext' },
    limits,
    onConnection,
    onRefused: () => undefined,
  });
}
