import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { dockerSocket } from './docker.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

const run = promisify(execFile);

/** Why no engine of a test's own can run here; undefined when one can. */
export function whyNoOwnEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'an engine of its own needs root';
  const missing = ['dockerd', 'ip'].filter((name) => !inPath(name));
  return missing.length > 0 ? `an engine of its own needs ${missing.join(' and ')}` : undefined;
}

/** A Docker Engine of a test's own, which it may kill: its own data, socket, bridge and cgroup, on this machine. */
export class OwnEngine {
  readonly #folder: string;
  readonly #temp: AsyncDisposable;
  readonly #name = `hfe2e${randomBytes(2).toString('hex')}`;
  #daemon: ChildProcess | undefined;

  constructor(temp: AsyncDisposable & { readonly path: string }) {
    this.#temp = temp;
    this.#folder = temp.path;
  }

  /** Starts an engine that has one image of the machine's usual engine. */
  static async open(image: string, flags: readonly string[]): Promise<OwnEngine> {
    const engine = new OwnEngine(await makeTempDir());
    try {
      await engine.#makeBridge();
      await engine.start(flags);
      await engine.#copyImage(image);
    } catch (error) {
      await engine.close();
      throw error;
    }
    return engine;
  }

  get socket(): string {
    return join(this.#folder, 'docker.sock');
  }

  /** Name of the group that all its containers are in. */
  get cgroup(): string {
    return this.#name;
  }

  get docker(): Docker {
    return new Docker({ socketPath: this.socket });
  }

  /** Starts it over the data that is there, and waits until it answers. */
  async start(flags: readonly string[]): Promise<void> {
    const config = join(this.#folder, 'daemon.json');
    await mkdir(this.#folder, { recursive: true });
    // Without a key of its own every engine of a machine has the same id.
    await writeFile(config, JSON.stringify({ 'deprecated-key-path': join(this.#folder, 'key.json') }));
    const own = ['--config-file', config, '--data-root', join(this.#folder, 'data'), '--exec-root', this.#execRoot];
    const where = ['--pidfile', this.#pidFile, '--host', `unix://${this.socket}`, '--cgroup-parent', `/${this.#name}`];
    // With a bridge made beforehand and no firewall rules it leaves the machine's usual engine alone.
    const net = [`--bridge=${this.#name}`, '--iptables=false', '--ip6tables=false', '--ip-masq=false'];
    const daemon = spawn('dockerd', [...own, ...where, ...net, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(this.#folder, 'log'), { flags: 'a' });
    daemon.stdout.pipe(log, { end: false });
    daemon.stderr.pipe(log, { end: false });
    this.#daemon = daemon;
    await waitFor(
      'the engine to answer',
      async () => {
        if (daemon.exitCode !== null) throw new Error(readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2000));
        const answer: unknown = await this.docker.ping().catch(() => undefined);
        return answer !== undefined;
      },
      60_000,
    );
  }

  /** Kills it as a crash does; resolves once it could be started again. Containers go on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    const containerd = join(this.#execRoot, 'containerd/containerd.pid');
    await waitFor('its containerd to end', () => !isAlive(containerd), 30_000);
    // What a crash leaves keeps the next one from starting where its number has been given to another process.
    await rm(containerd, { force: true });
    await rm(this.#pidFile, { force: true });
  }

  /** Makes it hang: its socket takes calls and answers none. Containers go on. */
  suspend(): void {
    this.#daemon?.kill('SIGSTOP');
  }

  /** Lets it go on. */
  resume(): void {
    this.#daemon?.kill('SIGCONT');
  }

  /** Asks it to end. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Removes it and everything it ran. */
  async close(): Promise<void> {
    if (this.#daemon?.exitCode === null && this.#daemon.signalCode === null) {
      await this.#removeContainers();
      await this.stop();
    }
    await run('ip', ['link', 'del', this.#name]).catch(() => undefined); // it may never have been made
    await rm(this.#execRoot, { recursive: true, force: true });
    await run('umount', [join(this.#folder, 'data')]).catch(() => undefined); // nor mounted
    await this.#temp[Symbol.asyncDispose]();
  }

  /** What goes by itself is waited for. */
  async #removeContainers(): Promise<void> {
    await waitFor(
      'its containers to be gone',
      async () => {
        const left = await this.docker.listContainers({ all: true });
        const going = left.map(({ Id }) => this.docker.getContainer(Id).remove({ force: true }));
        await Promise.allSettled(going);
        return left.length === 0;
      },
      30_000,
    );
  }

  get #execRoot(): string {
    return `/run/${this.#name}`;
  }

  get #pidFile(): string {
    return join(this.#folder, 'docker.pid');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill(signal);
    await ended;
  }

  async #makeBridge(): Promise<void> {
    const address = `10.${String(randomInt(100, 250))}.${String(randomInt(1, 250))}.1/24`;
    await run('ip', ['link', 'add', this.#name, 'type', 'bridge']);
    await run('ip', ['addr', 'add', address, 'dev', this.#name]);
    await run('ip', ['link', 'set', this.#name, 'up']);
  }

  async #copyImage(image: string): Promise<void> {
    const tar = await new Docker({ socketPath: dockerSocket }).getImage(image).get();
    const loading = await this.docker.loadImage(tar);
    loading.resume();
    // A load that fails ends well all the same: the image tells.
    await finished(loading);
    await this.docker.getImage(image).inspect();
  }
}

function inPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** Whether the process that a file names still works; one that nobody has reaped does not. */
function isAlive(pidFile: string): boolean {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim();
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false; // no file or no process
  }
}
