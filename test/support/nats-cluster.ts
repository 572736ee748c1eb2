import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describeWith } from './describe-with.js';
import type { SuiteBody } from './describe-with.js';
import { freePort } from './free-port.js';
import type { SwitchedMachine } from './network-switch.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

const LOOPBACK: SwitchedMachine = { name: '', address: '127.0.0.1' };

const program = process.env.HEADFRAME_TEST_NATS_SERVER ?? '';

/** Why there are no NATS servers of one's own, new enough for a replicated store; undefined where there are. */
export const noNewNats: string | undefined =
  program === '' ? 'no nats-server from 2.12 on: HEADFRAME_TEST_NATS_SERVER is not set' : undefined;

/** A `describe` that needs NATS servers of its own, new enough for a replicated store. */
export const describeWithNatsCluster: (title: string, body: SuiteBody) => void = describeWith(noNewNats);

/** How a test's servers differ from the usual ones. */
export interface NatsClusterOptions {
  /** Default 3; one alone is no cluster. */
  readonly servers?: number;
  /** When a server writes what it has acknowledged to the disk; default `always`. */
  readonly sync?: string;
  /** Bytes that each server keeps for JetStream at most; default 4GB. */
  readonly maxFileStore?: string;
  /** Further lines of each server's configuration. */
  readonly config?: string;
  /** Another program than the new server. */
  readonly program?: string;
  /** Where each server runs, in the place of this machine's loopback. */
  readonly machines?: readonly SwitchedMachine[];
  /** Where each keeps its streams. */
  readonly storeFolders?: readonly string[];
}

interface Server {
  readonly name: string;
  readonly host: string;
  /** Of its network; '' for this machine's. */
  readonly namespace: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly configFile: string;
  child: ChildProcess | undefined;
}

/** Real NATS servers with JetStream on loopback, each of which can be killed, stopped, frozen and started again. */
export class NatsCluster implements AsyncDisposable {
  readonly #servers: readonly Server[];
  readonly #folder: Awaited<ReturnType<typeof makeTempDir>>;
  readonly #program: string;

  constructor(folder: Awaited<ReturnType<typeof makeTempDir>>, servers: readonly Server[], program: string) {
    this.#folder = folder;
    this.#servers = servers;
    this.#program = program;
  }

  /** Starts the servers; resolves when all answer and have chosen a leader for what they do together. */
  static async start(options: NatsClusterOptions = {}): Promise<NatsCluster> {
    const folder = await makeTempDir();
    const servers = await layOut(folder.path, options);
    const cluster = new NatsCluster(folder, servers, options.program ?? program);
    for (const index of servers.keys()) cluster.#spawn(index);
    await cluster.ready();
    return cluster;
  }

  /** The servers' addresses, with commas. */
  get url(): string {
    return this.#servers.map(({ host, port }) => `nats://${host}:${String(port)}`).join(',');
  }

  /** How many servers there are, running or not. */
  get size(): number {
    return this.#servers.length;
  }

  /** Addresses at which the servers tell of themselves. */
  get monitorUrls(): string[] {
    return this.#servers.map(({ host, monitorPort }) => `http://${host}:${String(monitorPort)}`);
  }

  /** Of the servers that run. */
  get pids(): number[] {
    return this.#servers.flatMap(({ child }) => (child?.exitCode === null ? (child.pid ?? []) : []));
  }

  /** Resolves when every server takes work. */
  async ready(): Promise<void> {
    await Promise.all(this.#servers.map((server) => this.#serves(server)));
  }

  /** Ends a server at once, as a power cut of its machine's process would. */
  async kill(index: number): Promise<void> {
    await this.#end(index, 'SIGKILL');
  }

  async stop(index: number): Promise<void> {
    await this.#end(index, 'SIGTERM');
  }

  /** Changes a server's configuration, which it reads when it starts again. */
  async reconfigure(index: number, from: string, to: string): Promise<void> {
    const { configFile } = this.#server(index);
    const text = await readFile(configFile, 'utf8');
    if (!text.includes(from)) throw new RangeError(`${from} is not in the configuration`);
    await writeFile(configFile, text.replace(from, to));
  }

  /** Starts a server that was ended, over what it had written; `ready` waits for it. */
  restart(index: number): void {
    this.#spawn(index);
  }

  /** Whether its process has not ended. */
  isRunning(index: number): boolean {
    const { child } = this.#server(index);
    return child?.exitCode === null && child.signalCode === null;
  }

  /** The folder that a server keeps its streams in. */
  homeOf(index: number): string {
    return dirname(this.#server(index).configFile);
  }

  /** Number of the server of this name, as JetStream names them. */
  indexOf(name: string): number {
    return this.#servers.findIndex((server) => server.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((index) => this.kill(index)));
    await this.#folder[Symbol.asyncDispose]();
  }

  #server(index: number): Server {
    const server = this.#servers[index];
    if (server === undefined) throw new RangeError(`there is no server ${String(index)}`);
    return server;
  }

  #spawn(index: number): void {
    const server = this.#server(index);
    const log = openSync(join(server.configFile, '..', 'log'), 'a');
    const [file, ...args] = [...within(server.namespace), this.#program, '-c', server.configFile];
    server.child = spawn(file, args, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  async #end(index: number, signal: NodeJS.Signals): Promise<void> {
    const { child } = this.#server(index);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async #serves({ name, host, port, monitorPort, configFile }: Server): Promise<void> {
    try {
      await waitFor(`NATS server ${name}`, async () => {
        const answer = await fetch(`http://${host}:${String(monitorPort)}/healthz`);
        return answer.ok && (await greets(host, port));
      });
    } catch (cause) {
      const log = await readFile(join(configFile, '..', 'log'), 'utf8');
      throw new Error(`the NATS server did not come up; the end of its log:\n${log.slice(-2000)}`, { cause });
    }
  }
}

/** Decides where each server listens, and writes its configuration. */
async function layOut(folder: string, options: NatsClusterOptions): Promise<Server[]> {
  const machines = Array.from({ length: options.servers ?? 3 }, (_, at) => options.machines?.[at] ?? LOOPBACK);
  const places = await Promise.all(
    machines.map(async (on) => ({ on, own: `${on.address}:${String(await freePort())}` })),
  );
  const routes = places.map(({ own }) => `nats-route://${own}`).join(', ');
  const servers: Server[] = [];
  for (const [index, { on, own }] of places.entries()) {
    const name = `n${String(index + 1)}`;
    const [port, monitorPort] = [await freePort(), await freePort()];
    const home = join(folder, name);
    await mkdir(home);
    const store = options.storeFolders?.[index] ?? home;
    const lines = [
      `server_name: ${name}`,
      `listen: ${on.address}:${String(port)}`,
      `http: ${on.address}:${String(monitorPort)}`,
      `jetstream { store_dir: "${store}", sync_interval: ${options.sync ?? 'always'}, max_file_store: ${options.maxFileStore ?? '4GB'} }`,
      places.length === 1 ? '' : `cluster { name: test, listen: "${own}", routes: [${routes}] }`,
      options.config ?? '',
    ];
    const configFile = join(home, 'nats.conf');
    await writeFile(configFile, `${lines.join('\n')}\n`);
    servers.push({
      ...{ name, host: on.address, namespace: on.name, port, monitorPort, configFile },
      child: undefined,
    });
  }
  return servers;
}

/** Beginning of a command that runs in a network namespace. */
function within(namespace: string): string[] {
  return namespace === '' ? [] : ['nsenter', `--net=/run/netns/${namespace}`, '--'];
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.once('data', () => {
      settle(true);
    });
    socket.once('error', () => {
      settle(false);
    });
  });
}
