import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';

/** A server that holds a port on every address of this machine until it is closed. */
export async function holdPort(port = 0): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', resolve);
  });
  // A listening TCP server has an address with a port.
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

/**
 * A port that nothing listens on at the moment, below those that the system gives to calls out: who listens there again
 * after a restart finds it free. Above those of the test agents' instances.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(28_100, 32_700);
    const held = await holdPort(port).catch(() => undefined);
    await held?.close();
    if (held !== undefined) return port;
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
