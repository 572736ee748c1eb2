import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describeWith } from './describe-with.js';
import type { SuiteBody } from './describe-with.js';
import { freePort } from './free-port.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

const sshd = process.env.HEADFRAME_TEST_SSHD ?? '';

/** A `describe` that needs OpenSSH's server and client, and to be root, as who rents is. */
export const describeWithSshd: (title: string, body: SuiteBody) => void = describeWith(whyNot());

/** What a server is to have. */
export interface SshServerOptions {
  /** The file of its private key. */
  readonly hostKey: string;
  readonly userCa?: string;
  readonly principal?: string;
  readonly authorizedKeys?: readonly string[];
}

/** OpenSSH's server on loopback, for root; it goes with the block that holds it. */
export class SshServer implements AsyncDisposable {
  readonly address = '127.0.0.1';
  readonly port: number;
  readonly folder: string;
  readonly #temp: AsyncDisposable;
  readonly #process: ChildProcess;
  #log = '';

  // eslint-disable-next-line no-restricted-syntax -- made by start alone, for it answers only then
  private constructor(port: number, temp: AsyncDisposable & { readonly path: string }, config: string) {
    this.port = port;
    this.folder = temp.path;
    this.#temp = temp;
    this.#process = spawn(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  /** What it has said. */
  get log(): string {
    return this.#log;
  }

  static async start(options: SshServerOptions): Promise<SshServer> {
    const temp = await makeTempDir();
    const port = await freePort();
    const config = await writeFiles(temp.path, port, options);
    // Where it puts itself while somebody logs in.
    await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    const server = new SshServer(port, temp, config);
    await waitFor('the SSH server', () => answers(port)).catch(async (error: unknown) => {
      await server[Symbol.asyncDispose]();
      throw new Error(server.log, { cause: error });
    });
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    const ended = exitCode === null && signalCode === null ? once(this.#process, 'exit') : undefined;
    this.#process.kill('SIGKILL');
    await ended;
    await this.#temp[Symbol.asyncDispose]();
  }
}

async function writeFiles(folder: string, port: number, options: SshServerOptions): Promise<string> {
  const { hostKey, userCa, principal = '', authorizedKeys = [] } = options;
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  await chmod(folder, 0o755);
  const lines = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${await file('host_key', hostKey)}`,
    `AuthorizedKeysFile ${await file('authorized_keys', authorizedKeys.map((line) => `${line}\n`).join(''))}`,
    ...['PidFile none', 'UsePAM no', 'StrictModes no', 'PermitRootLogin prohibit-password', 'LogLevel VERBOSE'],
    ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PerSourceMaxStartups none'],
    ...['AllowTcpForwarding yes', 'MaxStartups 100'],
  ];
  if (userCa !== undefined)
    lines.push(
      `TrustedUserCAKeys ${await file('user_ca.pub', `${userCa}\n`)}`,
      `AuthorizedPrincipalsFile ${await file('principals', `${principal}\n`)}`,
    );
  return file('sshd_config', `${lines.join('\n')}\n`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    for (const event of ['error', 'close']) socket.once(event, () => resolve(false));
  });
}

function whyNot(): string | undefined {
  if (sshd === '') return 'no SSH server: HEADFRAME_TEST_SSHD is not set';
  return userInfo().uid === 0 ? undefined : 'an SSH server for root needs root';
}
