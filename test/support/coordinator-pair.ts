import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { freePort } from './free-port.js';
import { startJetStream } from './nats-jetstream.js';
import type { JetStreamServer } from './nats-jetstream.js';
import { Program } from './program.js';
import type { ProgramPlace } from './program.js';
import type { TestAgentOptions } from './programs.js';
import { RunningFleet } from './running-fleet.js';
import { makeTempDir } from './temp-dir.js';

/** A coordinator as `coordinator ls -o json` tells of it. */
interface CoordinatorRow {
  readonly address: string;
  readonly role: string;
  readonly version: string;
  readonly text: string;
}

/** What is to be true of the two. */
interface PairRoles {
  readonly first: Partial<CoordinatorRow>;
  readonly second: Partial<CoordinatorRow>;
}

/** Name of the cluster, which is that of the streams. */
export const PAIR_CLUSTER = 'main';

/** Two coordinators as processes over one NATS server, with a fleet around the first. */
export class CoordinatorPair implements AsyncDisposable {
  readonly fleet: RunningFleet;
  readonly server: JetStreamServer;
  /** Address of the other coordinator. */
  readonly second: string;
  readonly #folder: AsyncDisposable & { readonly path: string };
  readonly #args: readonly string[];
  #other: Program | undefined;

  constructor(
    folder: AsyncDisposable & { readonly path: string },
    {
      server,
      flags,
      second,
    }: { readonly server: JetStreamServer; readonly flags: readonly string[]; readonly second: string },
    coordinatorPlace: ProgramPlace,
  ) {
    [this.#folder, this.server, this.second] = [folder, server, second];
    this.fleet = new RunningFleet(folder, { coordinator: flags, coordinatorPlace });
    this.#args = ['--listen', second, '--data-dir', join(folder.path, 'second'), ...flags];
  }

  /** Starts the first, in its place, and agents, which are told of it alone; the other is for the test to start. */
  static async open(
    agents: Readonly<Record<string, TestAgentOptions>>,
    coordinatorPlace: ProgramPlace = {},
  ): Promise<CoordinatorPair> {
    const [folder, server] = [await makeTempDir(), await startJetStream()];
    const keyFile = join(folder.path, 'key');
    await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
    const jetstream = { servers: server.url, replicas: '1', 'accept-durability': 'async', 'leadership-ttl': '2s' };
    const store = Object.entries({ ...jetstream, cluster: PAIR_CLUSTER });
    const flags = store.flatMap(([name, value]) => [`--store-jetstream-${name}`, value]);
    flags.push('--store-kind', 'jetstream', '--security-key-file', keyFile, '--heartbeat-period', '500ms');
    const second = `127.0.0.1:${String(await freePort())}`;
    const pair = new CoordinatorPair(folder, { server, flags, second }, coordinatorPlace);
    try {
      await pair.fleet.startCoordinator();
      for (const [name, agent] of Object.entries(agents)) await pair.fleet.startAgent(name, agent);
      await pair.fleet.hostsReady(Object.keys(agents).length);
    } catch (error) {
      await pair[Symbol.asyncDispose]();
      throw error;
    }
    return pair;
  }

  /** Both addresses, as a flag of the command. */
  get both(): readonly string[] {
    return ['--address', `${this.fleet.address},${this.second}`];
  }

  startSecond(place: ProgramPlace = {}): void {
    const log = join(this.#folder.path, 'second.log');
    this.#other = new Program(['coordinator', 'start', ...this.#args], log, place);
  }

  async endSecond(): Promise<void> {
    await this.#other?.end('SIGTERM');
  }

  /** Waits until the command tells so of both. */
  async become({ first, second }: PairRoles): Promise<void> {
    const wanted: Readonly<Record<string, Partial<CoordinatorRow>>> = {
      [this.fleet.address]: first,
      [this.second]: second,
    };
    let told = '';
    await this.fleet
      .until(`both to be ${JSON.stringify(wanted)}`, async () => {
        const { stdout } = await this.fleet.headframe(['coordinator', 'ls', '-o', 'json', ...this.both]);
        told = stdout;
        const { coordinators } = JSON.parse(stdout) as { readonly coordinators: readonly CoordinatorRow[] };
        return coordinators.every((row) => isSo(row, wanted[row.address] ?? {}));
      })
      .catch((error: unknown) => {
        throw new Error(`told last: ${told}`, { cause: error });
      });
  }

  /** Has the one that leads hand over. */
  async handOver(): Promise<void> {
    const { code, stderr } = await this.fleet.headframe(['coordinator', 'step-down', ...this.both]);
    if (code !== 0) throw new Error(`nobody stepped down: ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#other?.end('SIGKILL');
    await this.fleet.close();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Texts are long, and matter by a part. */
function isSo({ text, ...row }: CoordinatorRow, { text: part = '', ...wanted }: Partial<CoordinatorRow>): boolean {
  return text.includes(part) && isDeepStrictEqual({ ...row, ...wanted }, row);
}
