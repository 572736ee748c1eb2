import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import ssh from 'ssh2';
import { systemClock } from '../../../../../common/model/clock.js';
import type { Clock } from '../../../../../common/model/clock.js';
import { probeKeyLine } from '../../../../../common/model/lease-probe.js';
import type { ProbeKey } from '../../../../../coordinator/kinds/lease/probe/log-in.js';
import { isOpen, probeBySsh } from '../../../../../coordinator/kinds/lease/probe/ssh-prober.js';
import type { SshTarget, SshVerdict } from '../../../../../coordinator/kinds/lease/probe/ssh-prober.js';
import { newHostKey, readSshPublicKey } from '../../../../../coordinator/security/ssh/index.js';
import { ed25519BlobOf } from '../../../../../coordinator/security/ssh/key-pair.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { SshServer, describeWithSshd } from '../../../../support/ssh-server.js';
import { waitFor } from '../../../../support/wait-for.js';

const RENTED = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: 0, pids: 0 };
const host = newHostKey('l1');
const key = newProbeKey();

describe('a probe of a lease that is not what it should be', () => {
  it('finds no port, and says so, also of its host’s tunnel', async () => {
    const { port, close } = await listen(() => undefined);
    await close();
    const silent = await probe(port);
    expect(silent).to.deep.include({ passed: false, reason: 'lease_port_unreachable' });
    const behind = await probe(port, { addresses: [] });
    expect(behind).to.deep.include({ passed: false, reason: 'lease_tunnel_failed' });
    expect(await isOpen('127.0.0.1', port, new AbortController().signal)).to.equal(false);
  });

  it('ends with a server that says nothing, or drips, once its time is over', async () => {
    for (const drip of ['', 'x', 'SSH-2.0-x\r\n']) {
      const clock = new ManualClock();
      await withServer(
        (socket) => {
          socket.write(drip);
        },
        async (port, sockets) => {
          const probing = probe(port, {}, clock);
          await waitFor('the connection', () => sockets.length === 1 && clock.pendingTimers > 0);
          await waitFor('its client', () => drip !== 'SSH-2.0-x\r\n' || sockets[0]?.bytesRead);
          // Each step has its own time, and no more.
          for (let step = 0; step < 3; step += 1) clock.advance(5_000);
          expect(await probing).to.deep.include({ passed: false, reason: 'lease_no_ssh' });
          expect(clock.pendingTimers).to.equal(0);
        },
      );
    }
  });

  it('breaks off what never ends, before SSH and after, with little of it taken', async () => {
    for (const start of ['', 'SSH-2.0-endless\r\n'])
      await withServer(
        (socket) => {
          socket.write(start);
          flood(socket);
        },
        async (port, sockets) => {
          expect(await probe(port)).to.deep.include({ passed: false, reason: 'lease_no_ssh' });
          await waitFor('the end', () => sockets.every(({ destroyed }) => destroyed));
          expect(sockets[0]?.bytesWritten).to.be.lessThan(64 * 2 ** 20);
        },
      );
  });

  it('takes nothing else for SSH', async () => {
    const words = [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'SSH-1.99-old\r\n',
      'SSH-2.0-x\r\n\u0000\u0000\u0000\u0001x',
      '\u00ff'.repeat(9_000),
    ];
    for (const word of words)
      await withServer(
        (socket) => {
          socket.end(word);
        },
        async (port) => {
          expect(await probe(port), word).to.deep.include({ passed: false, reason: 'lease_no_ssh' });
        },
      );
    await withServer(
      (socket) => {
        socket.resetAndDestroy();
      },
      async (port) => {
        expect(await probe(port)).to.deep.include({ passed: false });
      },
    );
  });

  it('bears packets that make no sense', async () => {
    for (let seed = 0; seed < 60; seed += 1)
      await withServer(
        (socket) => {
          socket.write('SSH-2.0-odd\r\n');
          socket.end(oddPacket(seed));
        },
        async (port) => {
          expect(await probe(port)).to.deep.include({ passed: false });
        },
      );
  });

  it('does not log in where another host key answers', async () => {
    await withSsh({ hostKey: newHostKey('l1').value }, async (port, seen) => {
      expect(await probe(port)).to.deep.include({ passed: false, reason: 'lease_host_key_wrong' });
      expect(seen.logins).to.equal(0);
    });
  });

  it('is not let in, or prints nothing, which is the tenant’s matter once it was ready', async () => {
    await withSsh({ login: false }, async (port) => {
      expect(await probe(port)).to.deep.include({ passed: false, reason: 'lease_login_refused' });
      expect(await probe(port, { wasReady: true })).to.deep.include({ passed: true, reason: 'lease_probe_passed' });
    });
    await withSsh({ output: 'hello\n' }, async (port) => {
      expect(await probe(port)).to.deep.include({ passed: false, reason: 'lease_probe_unread' });
      expect(await probe(port, { wasReady: true })).to.deep.include({ passed: true });
    });
  });

  it('finds less than was rented, also once it was ready', async () => {
    const rented = { ...RENTED, memoryBytes: 2 ** 30, gpus: 1 };
    await withSsh({ output: 'memory.max 536870912\ngpus 0\nend\n' }, async (port) => {
      for (const wasReady of [false, true]) {
        const verdict = await probe(port, { rented, wasReady });
        expect(verdict).to.deep.include({ passed: false, reason: 'lease_limits_differ' });
        expect(verdict.text).to.contain('536870912').and.to.contain('GPU');
      }
    });
  });

  it('reads no more of a command’s output than it needs', async () => {
    await withSsh({ output: 'x'.repeat(4 * 2 ** 20) }, async (port) => {
      expect(await probe(port)).to.deep.include({ passed: false, reason: 'lease_probe_unread' });
    });
  });

  it('goes through the host’s tunnel where no address answers, and says so', async () => {
    const { port: dead, close } = await listen(() => undefined);
    await close();
    await withSsh({ output: 'gpus 0\nend\n' }, async (port) => {
      const dial = () => Promise.resolve(connect(port, '127.0.0.1'));
      for (const addresses of [[], ['127.0.0.1']])
        expect(await probe(dead, { addresses, dial })).to.deep.include({
          passed: true,
          reason: 'lease_reached_by_tunnel',
        });
      // What answers with another key is no reason to go another way.
      await withSsh({ hostKey: newHostKey('l1').value }, async (other) => {
        expect(await probe(other, { dial })).to.deep.include({ passed: false, reason: 'lease_host_key_wrong' });
      });
    });
  });

  it('ends with its signal', async () => {
    const over = new AbortController();
    await withServer(
      () => undefined,
      async (port, sockets) => {
        const probing = probe(port, {}, new ManualClock(), over.signal);
        await waitFor('the connection', () => sockets.length === 1);
        over.abort();
        await waitFor('its end', async () => !(await probing).passed && sockets.every((one) => one.readableEnded));
      },
    );
  });
});

describeWithSshd('a probe of a lease, to OpenSSH itself,', () => {
  const hostKey = Buffer.from(host.value).toString();

  it('logs in by its key and reads what its one command prints', async () => {
    await using server = await SshServer.start({ hostKey, authorizedKeys: [probeKeyLine(await key.publicKey())] });
    const verdict = await probe(server.port);
    expect(verdict, server.log).to.deep.include({ passed: true, reason: 'lease_probe_passed' });
    expect(await probe(server.port, { rented: { ...RENTED, gpus: 9 } })).to.deep.include({
      reason: 'lease_limits_differ',
    });
    expect(await isOpen('127.0.0.1', server.port, new AbortController().signal)).to.equal(true);
  });

  it('is refused where its key is not known', async () => {
    await using server = await SshServer.start({ hostKey, authorizedKeys: [await newProbeKey().publicKey()] });
    expect(await probe(server.port)).to.deep.include({ passed: false, reason: 'lease_login_refused' });
  });
});

function probe(
  hostPort: number,
  patch: Partial<SshTarget> = {},
  clock: Pick<Clock, 'setTimer'> = systemClock,
  signal = new AbortController().signal,
): Promise<SshVerdict> {
  const read = readSshPublicKey(host.hostKey);
  if (!read.ok) expect.fail(read.problem.expected);
  const dial = () => Promise.reject(new Error('no tunnel here'));
  const target = { hostKey: read.key.blob, addresses: ['127.0.0.1'], hostPort, rented: RENTED, wasReady: false, dial };
  return probeBySsh({ ...target, ...patch }, { key, clock }, signal);
}

function newProbeKey(): ProbeKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const blob = ed25519BlobOf(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return {
    publicKey: () => Promise.resolve(`ssh-ed25519 ${blob.toString('base64')} probe`),
    sign: (content) => Promise.resolve(sign(null, content, privateKey)),
  };
}

interface SshBehaviour {
  readonly hostKey?: Uint8Array;
  readonly login?: boolean;
  readonly output?: string;
}

/** A server that behaves as it is told, until the block has ended. */
async function withSsh(
  { hostKey = host.value, login = true, output = '' }: SshBehaviour,
  use: (port: number, seen: { logins: number }) => Promise<void>,
): Promise<void> {
  const seen = { logins: 0 };
  const server = new ssh.Server({ hostKeys: [Buffer.from(hostKey)] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      seen.logins += 1;
      if (login) context.accept();
      else context.reject();
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec) => {
        acceptExec().end(output);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port, seen); // it listens
  } finally {
    server.close();
  }
}

async function withServer(
  onSocket: (socket: Socket) => void,
  use: (port: number, sockets: readonly Socket[]) => Promise<void>,
): Promise<void> {
  const { port, sockets, close } = await listen(onSocket);
  try {
    await use(port, sockets);
  } finally {
    await close();
  }
}

async function listen(onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    socket.resume();
    onSocket(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  };
  return { port, sockets, close };
}

/** As fast as the other side takes it. */
function flood(socket: Socket): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x'))) continue;
  };
  socket.on('drain', more);
  more();
}

/** A packet before keys are exchanged: its length, its padding and its type are odd in one way or another. */
function oddPacket(seed: number): Buffer {
  const body = Buffer.alloc(16 + (seed % 7) * 100, seed);
  const [types, lengths] = [
    [20, 21, 30, 31, 1, 4, 52, 80, 90, 255],
    [body.length, 0, 3, 0xffffffff, 35_001, body.length + 5],
  ];
  const packet = Buffer.alloc(5);
  packet.writeUInt32BE(lengths[seed % lengths.length] ?? 0);
  packet.writeUInt8(seed % 251, 4);
  body[0] = types[seed % types.length] ?? 0;
  return Buffer.concat([packet, body]);
}
