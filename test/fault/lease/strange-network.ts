import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../../support/wait-for.js';

const run = promisify(execFile);
const PYTHON = process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3';

/** Takes connections on every port that it is given, for as long as it lives. */
const LISTENER = `
import selectors, socket, sys
waiting = selectors.DefaultSelector()
for port in sys.argv[1:]:
    waiting.register(socket.create_server(('0.0.0.0', int(port)), backlog=64), selectors.EVENT_READ)
print('ready', flush=True)
while True:
    for key, _ in waiting.select():
        key.fileobj.accept()[0].close()
`;

/**
 * A machine in a network namespace that this machine routes to: at a private address, at a link-local one as metadata servers
 * of clouds have, and at one that stands for the public internet.
 */
export class StrangeNetwork {
  readonly lan = '10.88.77.2';
  readonly metadata = '169.254.77.7';
  readonly internet = '45.67.89.2';
  readonly #name = `hfstrange${String(process.pid % 100_000)}`;
  #server: ChildProcess | undefined;

  /** Makes it, with a server on each of the ports. */
  static async open(ports: readonly number[]): Promise<StrangeNetwork> {
    const network = new StrangeNetwork();
    try {
      await network.#make();
      await network.#serve(ports);
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** Connects from there, and tells whether somebody took it. */
  async reaches(host: string, port: number): Promise<boolean> {
    const knock = `import socket; socket.create_connection(('${host}', ${String(port)}), timeout=5)`;
    return this.#inside(PYTHON, '-c', knock).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    this.#server?.kill('SIGKILL');
    // With it go its end of the link, this machine's, and the routes over it; it may never have been made.
    await run('ip', ['netns', 'del', this.#name]).catch(() => undefined);
    await run('ip', ['link', 'del', this.#link]).catch(() => undefined);
  }

  get #link(): string {
    return `hfs${String(process.pid % 100_000)}`;
  }

  async #make(): Promise<void> {
    await run('ip', ['netns', 'add', this.#name]);
    await run('ip', ['link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.#name]);
    await run('ip', ['addr', 'add', '10.88.77.1/24', 'dev', this.#link]);
    await run('ip', ['link', 'set', this.#link, 'up']);
    for (const address of [this.metadata, this.internet])
      await this.#inside('ip', 'addr', 'add', `${address}/32`, 'dev', 'lo');
    await this.#inside('ip', 'link', 'set', 'lo', 'up');
    await this.#inside('ip', 'addr', 'add', `${this.lan}/24`, 'dev', 'eth0');
    await this.#inside('ip', 'link', 'set', 'eth0', 'up');
    await this.#inside('ip', 'route', 'add', 'default', 'via', '10.88.77.1');
    for (const address of [this.metadata, this.internet])
      await run('ip', ['route', 'add', `${address}/32`, 'via', this.lan]);
  }

  async #serve(ports: readonly number[]): Promise<void> {
    const args = ['netns', 'exec', this.#name, PYTHON, '-c', LISTENER, ...ports.map(String)];
    const server = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    let said = '';
    server.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitFor('the servers of the strange network', () => said.includes('ready'));
  }

  async #inside(...command: readonly string[]): Promise<void> {
    await run('ip', ['netns', 'exec', this.#name, ...command]);
  }
}
