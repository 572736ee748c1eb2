import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Client } from '../../common/rpc/index.js';
import { dockerSocket } from './docker.js';
import { waitFor } from './wait-for.js';

/** The compiled `headframe` program. */
const PROGRAM = join(import.meta.dirname, '../../dist/coordinator/cli/main.js');

/** A compiled program of ours that runs as a process of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(args: readonly string[], logFile: string) {
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        log.end();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends the signal and waits for the end of the process. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.running) this.#child.kill(signal);
    await this.#ended;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }
}

/** How a test fleet differs from the usual one. */
export interface TestFleetOptions {
  /** Further flags of the coordinator. */
  readonly coordinator?: readonly string[];
}

/** How a test agent differs from the usual one. */
export interface TestAgentOptions {
  readonly labels?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly flags?: readonly string[];
}

/** A coordinator and agents as real processes, with their data in one folder. */
export class TestFleet {
  readonly #folder: string;
  readonly #options: TestFleetOptions;
  readonly #agents = new Map<string, { program: Program; args: readonly string[] }>();
  #coordinator: Program | undefined;
  #channel: Channel | undefined;
  #address = '127.0.0.1:0';

  constructor(folder: string, options: TestFleetOptions = {}) {
    this.#folder = folder;
    this.#options = options;
  }

  /** `host:port` of the coordinator; the same across its restarts. */
  get address(): string {
    return this.#address;
  }

  get coordinator(): Program {
    if (this.#coordinator === undefined) throw new Error('the coordinator has not been started');
    return this.#coordinator;
  }

  /** Folder of the coordinator's store. */
  get storeFolder(): string {
    return join(this.#folder, 'coordinator');
  }

  get fleet(): Client<typeof FleetService> {
    return createClient(FleetService, this.#open());
  }

  get hosts(): Client<typeof HostService> {
    return createClient(HostService, this.#open());
  }

  /** Starts the coordinator, or starts it again with the same data and address. */
  async startCoordinator(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const flags = ['--listen', this.#address, '--data-dir', this.storeFolder, ...(this.#options.coordinator ?? [])];
    const program = new Program(['coordinator', 'start', ...flags], join(this.#folder, 'coordinator.log'));
    this.#coordinator = program;
    const file = join(this.storeFolder, 'coordinator.addr');
    this.#address = await waitFor('the coordinator to listen', async () => {
      if (!program.running) throw new Error(`the coordinator ended: ${await this.log('coordinator')}`);
      const text = (await readFile(file, 'utf8').catch(() => '')).trim();
      return text === '' ? undefined : text;
    });
    await waitFor('the coordinator to answer', () =>
      this.fleet.getFleetStatus({}, { timeoutMs: 1_000 }).catch(() => undefined),
    );
  }

  /** Starts an agent under this name, or starts it again with the same data. */
  async startAgent(name: string, options: TestAgentOptions = {}): Promise<Program> {
    await mkdir(this.#folder, { recursive: true });
    const args = this.#agents.get(name)?.args ?? this.#agentArgs(name, options);
    const program = new Program(['agent', 'start', ...args], join(this.#folder, `${name}.log`));
    this.#agents.set(name, { program, args });
    return await Promise.resolve(program);
  }

  /** Waits until so many hosts are ready. */
  async hostsReady(count: number): Promise<void> {
    await waitFor(
      `${String(count)} hosts to be ready`,
      async () => (await this.fleet.getFleetStatus({})).hostsReady >= count,
      30_000,
    );
  }

  agent(name: string): Program {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw new Error(`no agent ${name}`);
    return agent.program;
  }

  /** What a program has logged so far. */
  log(name: string): Promise<string> {
    return readFile(join(this.#folder, `${name}.log`), 'utf8').catch(() => '');
  }

  /** Runs the command line against this fleet. */
  headframe(args: readonly string[], input = ''): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = {
      ...process.env,
      HEADFRAME_ADDRESS: this.#address,
      HEADFRAME_CONFIG: join(this.#folder, 'client.yaml'),
    };
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [PROGRAM, ...args],
        { env, timeout: 120_000 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ code, stdout, stderr });
        },
      );
      child.stdin?.end(input);
    });
  }

  /** Deletes every miner, waits until their containers are gone, and ends all programs. */
  async close(): Promise<void> {
    if (this.#coordinator?.running === true) await this.#deleteMiners();
    for (const { program } of this.#agents.values()) await program.end('SIGTERM');
    this.#channel?.close();
    await this.#coordinator?.end('SIGTERM');
  }

  async #deleteMiners(): Promise<void> {
    const { miners } = await this.fleet.listMiners({ pageSize: 1000 });
    for (const { spec } of miners) await this.fleet.deleteMiner({ name: spec?.name ?? '' }).catch(() => undefined);
    await waitFor('all miners to be gone', async () => (await this.fleet.listMiners({})).miners.length === 0, 60_000);
  }

  #open(): Channel {
    this.#channel ??= new Channel({ address: this.#address, security: { kind: 'plaintext' }, clock: systemClock });
    return this.#channel;
  }

  #agentArgs(name: string, options: TestAgentOptions): readonly string[] {
    return [
      '--coordinator',
      this.#address,
      '--data-dir',
      join(this.#folder, name),
      '--host-name',
      name,
      '--docker-socket',
      dockerSocket,
      '--labels',
      options.labels ?? `name=${name}`,
      '--capacity-cpu',
      options.cpu ?? '2',
      '--capacity-memory',
      options.memory ?? '2GiB',
      '--reserved-cpu',
      '0',
      '--reserved-memory',
      '0',
      ...(options.flags ?? []),
    ];
  }
}
