import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { dialPort } from '../../../../agent/session/dial-port.js';
import type { ExecSession, ObservedInstance } from '../../../../agent/runtime/runtime.js';
import type { ContainerSpec } from '../../../../common/model/miner.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { expectReason } from '../../../support/expect-reason.js';
import { leaseSpec } from '../../../support/lease-samples.js';
import { waitFor } from '../../../support/wait-for.js';

interface Container {
  readonly port: number;
  /** The next connection to it. */
  accepted(): Promise<Socket>;
}

describe("the way to a port of an instance's container", () => {
  it('carries bytes both ways as they are, and is over once both have ended', () =>
    withContainer(async (container) => {
      const session = await dial(container);
      const inside = await container.accepted();
      const bytes = Buffer.from([0, 255, 10, 13, 4, 3]);
      await session.write(bytes);
      expect(await once(inside, 'data')).to.deep.equal([bytes]);
      inside.end('out');
      expect(await readAll(session)).to.equal('out');
      // One way is over, the other not.
      await session.write(Buffer.from('still'));
      expect(String(await once(inside, 'data'))).to.equal('still');
      session.end();
      expect(await session.exitCode()).to.equal(0);
    }));

  it('lets its own end be seen while more comes', () =>
    withContainer(async (container) => {
      const session = await dial(container);
      const inside = await container.accepted();
      inside.resume();
      session.end();
      await once(inside, 'end');
      inside.end('late');
      expect(await readAll(session)).to.equal('late');
      expect(await session.exitCode()).to.equal(0);
    }));

  it('makes a writer wait for a container that does not read, and goes with its signal', () =>
    withContainer(async (container) => {
      const over = new AbortController();
      const session = await dial(container, over.signal);
      const inside = await container.accepted();
      let written = 0;
      const writing = (async (): Promise<void> => {
        for (; written < 4_096; written += 1) await session.write(Buffer.alloc(65_536));
      })();
      await waitFor('the writer to wait', () => settled(() => written));
      expect(written).to.be.lessThan(1_024);
      over.abort();
      await writing.then(
        () => expect.fail('all was written'),
        () => undefined,
      );
      expect(await session.exitCode()).to.equal(0);
      inside.destroy();
    }));

  it('outlives a reset', () =>
    withContainer(async (container) => {
      const session = await dial(container);
      (await container.accepted()).resetAndDestroy();
      // Before anybody reads or writes.
      expect(await session.exitCode()).to.equal(0);
      expect(await readAll(session)).to.equal('');
      await session.write(Buffer.from('x')).catch(() => undefined);
    }));

  it('leads to ports that an instance of this host declares, and to nothing else', () =>
    withContainer(async ({ port }) => {
      const { signal } = new AbortController();
      const refused = (parts: Parameters<typeof buildAssignment>[0], reason: string, at = port) =>
        expectReason(dialPort(leaseAt(at, parts, port), signal), reason);
      await refused({}, 'port_not_held', port - 1);
      await refused({ container: { ports: [portOf(port, 'udp')] } }, 'port_not_held');
      await refused({ container: { network: 'host', ports: [portOf(port)] } }, 'port_not_held');
      await refused({ container: { network: 'none', ports: [portOf(port)] }, workload: {} }, 'port_not_held');
      const none = { ...leaseAt(port), assignment: undefined };
      await expectReason(dialPort(none, signal), 'port_not_held');
      const ended = { ...leaseAt(port), runtime: { inspect: () => Promise.resolve(undefined) } };
      await expectReason(dialPort(ended, signal), 'port_silent');
    }));

  it("leads to where an instance listens that shares its host's network", () =>
    withContainer(async ({ port, accepted }) => {
      const parts = { container: { network: 'host' as const, ports: [portOf(80)] }, workload: {}, hostPorts: [port] };
      const session = await dialPort(leaseAt(80, parts), new AbortController().signal);
      (await accepted()).end('here');
      expect(await readAll(session)).to.equal('here');
      session.end();
    }));

  it('tells that nothing listens there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens has an address with a port.
    const { port } = server.address() as AddressInfo;
    server.close();
    await expectReason(dialPort(leaseAt(port), new AbortController().signal), 'port_silent');
  });
});

function portOf(containerPort: number, protocol: 'tcp' | 'udp' = 'tcp'): ContainerSpec['ports'][number] {
  return { name: 'ssh', containerPort, hostPort: 0, protocol };
}

function leaseAt(containerPort: number, parts: Parameters<typeof buildAssignment>[0] = {}, has = containerPort) {
  const container = { network: 'bridge' as const, ports: [portOf(has)] };
  const workload = { lease: leaseSpec() };
  const assignment = buildAssignment({ container, workload, ...parts });
  // The rest of what is observed does not matter.
  const inspect = () => Promise.resolve({ address: '127.0.0.1' } as ObservedInstance);
  return { assignment, containerPort, runtime: { inspect } };
}

function dial({ port }: Container, signal = new AbortController().signal): Promise<ExecSession> {
  return dialPort(leaseAt(port), signal);
}

async function withContainer(use: (container: Container) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    // A server that listens has an address with a port.
    const { port } = server.address() as AddressInfo;
    await use({ port, accepted: () => waitFor('a connection', () => sockets.at(-1)) });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function readAll({ output }: ExecSession): Promise<string> {
  let text = '';
  for await (const { data } of output) text += Buffer.from(data).toString();
  return text;
}

/** Whether a count has been the same for a quarter of a second, and not 0. */
async function settled(count: () => number): Promise<boolean> {
  const before = count();
  await new Promise((resolve) => setTimeout(resolve, 250));
  return before > 0 && count() === before;
}
