import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { RunCommandRequestSchema } from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import type {
  IssueCertificateResponse,
  RunCommandRequest,
} from '../../../common/gen/headframe/v1/lease_access_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { newSshKeyPair } from '../../security/ssh/index.js';
import type { Invocation } from '../invocation.js';
import { usageError } from '../usage-error.js';
import { carry } from './lease-dial.js';
import { follow, startOptions } from './remote-command.js';

/** Options of `lease ssh`. */
export interface LeaseSshOptions {
  readonly identity?: string;
  readonly direct?: boolean;
  readonly exec?: boolean;
}

interface Wish {
  readonly id: string;
  /** What ssh is given besides. */
  readonly ssh: readonly string[];
}

interface Place {
  readonly host: string;
  readonly port: number;
  /** Ends what leads there; throws why it led nowhere. */
  close(): Promise<void>;
}

/** A login needs it once: long sessions outlast it. */
const LIFE_MS = 5 * 60_000;

/** `lease ssh`. */
export async function sshIntoLease(call: Invocation, { id, ssh }: Wish, options: LeaseSshOptions): Promise<void> {
  if (options.exec === true) {
    await shell(call, id, ssh);
    return;
  }
  // Of this user alone, and gone at the end.
  const folder = await mkdtemp(join(tmpdir(), 'headframe-lease-'));
  try {
    const { identity, publicKey } = await keyOf(folder, options.identity);
    const { leaseAccess } = await call.connect();
    const wish = { lease: id, publicKey, lifeMs: BigInt(LIFE_MS) };
    const way = await leaseAccess.issueCertificate(wish, call.callOptions);
    const place = options.direct === true ? directly(id, way) : await throughTunnel(call, id);
    const args = await argumentsOf({ id, folder, identity, way, place });
    call.exitCode = await runSsh([...args, ...ssh], call.signal).finally(() => place.close());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function shell(call: Invocation, lease: string, command: readonly string[]): Promise<void> {
  const { stdin, stdout } = call.world;
  const options = { stdin: true, tty: command.length === 0 && stdin.isTTY === true && stdout.isTTY === true };
  const { leaseAccess } = await call.connect();
  const running = leaseAccess.runCommand({ ...call.callOptions });
  const send = (message: RunCommandRequest['message']) =>
    running.requests.write(create(RunCommandRequestSchema, { message }));
  const wanted = command.length === 0 ? ['/bin/sh'] : [...command];
  const value = { $typeName: 'headframe.v1.RunCommandStart' as const, lease, command: wanted };
  await send({ case: 'start', value: { ...value, ...startOptions(call, options) } });
  await follow(call, { send, responses: running.responses, cancel: () => running.cancel() }, options);
}

async function keyOf(folder: string, own: string | undefined): Promise<{ identity: string; publicKey: string }> {
  if (own === undefined) {
    const { privateKey, publicKey } = newSshKeyPair('headframe-lease-ssh');
    const identity = join(folder, 'id');
    await writeFile(identity, privateKey, { mode: 0o600 });
    return { identity, publicKey };
  }
  const publicKey = await readFile(`${own}.pub`, 'utf8').catch(() => {
    throw usageError('key_unreadable', `there is no ${own}.pub`, 'Name a private key whose public one lies beside it.');
  });
  return { identity: own, publicKey };
}

interface Login {
  readonly id: string;
  readonly folder: string;
  readonly identity: string;
  readonly way: IssueCertificateResponse;
  readonly place: Place;
}

/** The host is known by the lease's own key and by nothing else. */
async function argumentsOf({ id, folder, identity, way, place }: Login): Promise<string[]> {
  const [certificate, known] = [join(folder, 'id-cert.pub'), join(folder, 'known_hosts')];
  await writeFile(certificate, `${way.certificate}\n`, { mode: 0o600 });
  await writeFile(known, `${id} ${way.hostKey}\n`, { mode: 0o600 });
  const options = {
    ...{ HostKeyAlias: id, StrictHostKeyChecking: 'yes', UserKnownHostsFile: known, GlobalKnownHostsFile: '/dev/null' },
    ...{
      IdentitiesOnly: 'yes',
      IdentityFile: identity,
      CertificateFile: certificate,
      HostKeyAlgorithms: 'ssh-ed25519',
    },
    ...{ CheckHostIP: 'no', UpdateHostKeys: 'no', Port: String(place.port) },
  };
  return [...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), '-l', 'root', place.host];
}

function directly(id: string, { addresses, hostPort }: IssueCertificateResponse): Place {
  const [host] = addresses;
  if (host !== undefined && hostPort !== 0) return { host, port: hostPort, close: () => Promise.resolve() };
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'lease_no_address',
    message: `the host of ${id} has no address to connect to`,
    remedy: 'Leave --direct out: the agent of the host leads there.',
  });
}

/** A port of this machine's loopback that takes one connection, ssh's own, and leads to the lease. */
async function throughTunnel(call: Invocation, id: string): Promise<Place> {
  let carrying: Promise<void> = Promise.resolve();
  let failure: unknown;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    server.close();
    near.on('error', () => undefined);
    carrying = carry(call, id, near).catch((error: unknown) => {
      failure = error;
    });
  });
  server.maxConnections = 1;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    host: '127.0.0.1',
    // A server that listens has an address with a port.
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      await carrying;
      const isCut = failure instanceof HeadframeError && failure.code !== 'cancelled';
      if (isCut) throw failure;
    },
  };
}

function runSsh(args: readonly string[], signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: 'inherit', signal });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') reject(error);
      else reject(usageError('no_ssh', 'there is no ssh on this machine', 'Install OpenSSH, or use --exec.'));
    });
    // What a shell tells of one that a signal has ended.
    child.once('close', (code) => resolve(code ?? 130));
  });
}
