import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinFleet } from '../../agent/identity/index.js';
import type { JoinRequest } from '../../agent/identity/join-fleet.js';
import { IDENTITY_FILES } from '../../common/config/index.js';
import { AccessService, Role } from '../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../common/gen/headframe/v1/audit_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { NetworkService } from '../../common/gen/headframe/v1/network_service_pb.js';
import { SecretService } from '../../common/gen/headframe/v1/secret_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { ChannelSecurity, Client } from '../../common/rpc/index.js';
import { dockerSocket } from './docker.js';
import { freePort } from './free-port.js';
import { Program, RunningCommand, runHeadframe } from './program.js';
import type { CommandResult, ProgramPlace } from './program.js';
import { waitFor } from './wait-for.js';

/** How a test fleet differs from the usual one. */
export interface TestFleetOptions {
  /** Further flags of the coordinator. */
  readonly coordinator?: readonly string[];
  /** Everything in clear, where otherwise all is mutual TLS and the test calls by the identity of the admin. */
  readonly insecure?: boolean;
  /** Where the coordinator runs. */
  readonly coordinatorPlace?: ProgramPlace;
  /** Where it listens, when not on the loopback alone. */
  readonly listen?: string;
  /** Socket of the agents' engine, where it is not the usual one. */
  readonly dockerSocket?: string;
}

/** How a test agent differs from the usual one. */
export interface TestAgentOptions {
  readonly labels?: string;
  readonly cpu?: string;
  readonly memory?: string;
  /** Where it calls the coordinator, when not at its own address. */
  readonly coordinator?: string;
  readonly flags?: readonly string[];
  /** Socket of its engine, when not that of the fleet. */
  readonly dockerSocket?: string;
  readonly place?: ProgramPlace;
}

/** What the line that is printed says, besides the address. */
type JoinWords = Pick<JoinRequest, 'token' | 'authority'>;

interface StartedAgent {
  readonly program: Program;
  readonly args: readonly string[];
  readonly place: ProgramPlace | undefined;
}

/** Automatic host ports of one agent: on one machine their ranges must not meet. */
const PORTS_PER_AGENT = 100;
/** Of three lanes, below the ports of `freePort`. */
const AGENTS_PER_LANE = 27;
const LANE = Number(process.env.HEADFRAME_TEST_LANE ?? 0);
const MOST_AGENTS = 1000;
const TOKEN_LIFE_MS = 3_600_000;

/** A coordinator and agents as real processes, with their data in one folder. */
export class TestFleet {
  readonly #folder: string;
  readonly #options: TestFleetOptions;
  readonly #agents = new Map<string, StartedAgent>();
  readonly #suffix = randomBytes(3).toString('hex');
  // Several fleets may run on one machine at once, and those of two lanes do.
  readonly #firstPort = 20_000 + (LANE * AGENTS_PER_LANE + randomInt(AGENTS_PER_LANE - 10)) * PORTS_PER_AGENT;
  #coordinator: Program | undefined;
  #channel: Channel | undefined;
  #listen: string;
  #joining: Promise<JoinWords> | undefined;

  constructor(folder: string, options: TestFleetOptions = {}) {
    this.#folder = folder;
    this.#options = options;
    this.#listen = options.listen ?? '127.0.0.1:0';
  }

  /** `host:port` of the coordinator; the same across its restarts. */
  get address(): string {
    // One that listens everywhere is called at an address that its certificate names.
    return this.#listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:');
  }

  get coordinator(): Program {
    if (this.#coordinator === undefined) throw new Error('the coordinator has not been started');
    return this.#coordinator;
  }

  /** Folder of the coordinator's store. */
  get storeFolder(): string {
    return join(this.#folder, 'coordinator');
  }

  /** Folder of the identity of the admin. */
  get adminFolder(): string {
    return join(this.storeFolder, 'admin');
  }

  /** Folder of an agent's own state. */
  agentFolder(name: string): string {
    return join(this.#folder, name);
  }

  /** Id of the host that this agent serves, unique among all test fleets. */
  hostId(name: string): string {
    return `${name}-${this.#suffix}`;
  }

  /** Names of the agents that were started. */
  get agentNames(): string[] {
    return [...this.#agents.keys()];
  }

  get fleet(): Client<typeof FleetService> {
    return createClient(FleetService, this.#open());
  }

  get hosts(): Client<typeof HostService> {
    return createClient(HostService, this.#open());
  }

  get secrets(): Client<typeof SecretService> {
    return createClient(SecretService, this.#open());
  }

  get networks(): Client<typeof NetworkService> {
    return createClient(NetworkService, this.#open());
  }

  get audit(): Client<typeof AuditService> {
    return createClient(AuditService, this.#open());
  }

  /** Starts the coordinator, or starts it again with the same data and address, as another version where one is given. */
  async startCoordinator(place = this.#options.coordinatorPlace): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    if (this.#listen.endsWith(':0')) this.#listen = this.#listen.replace(/0$/, String(await freePort()));
    const more = [...this.#insecureFlag, ...(this.#options.coordinator ?? [])];
    const flags = ['--listen', this.#listen, '--data-dir', this.storeFolder, ...more];
    const log = join(this.#folder, 'coordinator.log');
    const program = new Program(['coordinator', 'start', ...flags], log, place);
    this.#coordinator = program;
    const file = join(this.storeFolder, 'coordinator.addr');
    this.#listen = await waitFor('the coordinator to listen', async () => {
      if (!program.running) throw new Error(`the coordinator ended: ${await this.log('coordinator')}`);
      const text = (await readFile(file, 'utf8').catch(() => '')).trim();
      return text === '' ? undefined : text;
    });
    await waitFor('the coordinator to answer', async () => {
      if (!program.running) throw new Error(`the coordinator ended: ${await this.log('coordinator')}`);
      return this.fleet.getFleetStatus({}, { timeoutMs: 1_000 }).catch(() => undefined);
    });
  }

  /** Starts an agent under this name, or starts it again with the same data, elsewhere if told so. */
  async startAgent(name: string, options: TestAgentOptions = {}): Promise<Program> {
    await mkdir(this.#folder, { recursive: true });
    const known = this.#agents.get(name);
    const args = known?.args ?? this.#agentArgs(name, options);
    const place = options.place ?? known?.place;
    if (this.#options.insecure !== true) await this.join(name);
    const program = new Program(['agent', 'start', ...args], join(this.#folder, `${name}.log`), place);
    this.#agents.set(name, { program, args, place });
    return program;
  }

  /** Makes a host of the fleet of an agent that is none yet. */
  async join(name: string): Promise<void> {
    const dataDir = this.agentFolder(name);
    if (existsSync(join(dataDir, 'identity'))) return;
    this.#joining ??= this.#makeToken();
    const request = { ...(await this.#joining), coordinator: this.address, again: false };
    await joinFleet(request, { dataDir, hostId: this.hostId(name), clock: systemClock });
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
  headframe(args: readonly string[], input = ''): Promise<CommandResult> {
    return runHeadframe(args, { env: this.#clientEnv(), input });
  }

  /** Begins a command of this fleet that goes on until it is interrupted. */
  following(args: readonly string[]): RunningCommand {
    return new RunningCommand(args, this.#clientEnv());
  }

  /** Deletes every miner, waits until their containers are gone, and ends all programs. */
  async close(): Promise<void> {
    try {
      if (this.#coordinator?.running === true) await this.#deleteMiners();
    } finally {
      await this.endPrograms();
    }
  }

  /** Ends all programs; what the agents run goes on. */
  async endPrograms(): Promise<void> {
    const programs = [...this.#agents.values()].map(({ program }) => program);
    await Promise.all(programs.map((program) => program.end('SIGTERM')));
    this.#channel?.close();
    await this.#coordinator?.end('SIGTERM');
  }

  #clientEnv(): NodeJS.ProcessEnv {
    const env = { HEADFRAME_ADDRESS: this.address, HEADFRAME_CONFIG: join(this.#folder, 'client.yaml') };
    if (this.#options.insecure === true) return { ...env, HEADFRAME_INSECURE_LOOPBACK: 'true' };
    return { ...env, HEADFRAME_IDENTITY: this.adminFolder };
  }

  async #deleteMiners(): Promise<void> {
    const { miners } = await this.fleet.listMiners({ pageSize: 1000 });
    for (const { spec } of miners) await this.fleet.deleteMiner({ name: spec?.name ?? '' }).catch(() => undefined);
    await waitFor('all miners to be gone', async () => (await this.fleet.listMiners({})).miners.length === 0, 60_000);
  }

  #open(): Channel {
    this.#channel ??= new Channel({ address: this.address, security: this.security(), clock: systemClock });
    return this.#channel;
  }

  get #insecureFlag(): readonly string[] {
    return this.#options.insecure === true ? ['--insecure-loopback'] : [];
  }

  async #makeToken(): Promise<JoinWords> {
    const access = createClient(AccessService, this.#open());
    const asked = { role: Role.AGENT, uses: MOST_AGENTS, ttlMs: BigInt(TOKEN_LIFE_MS) };
    const { credential, authority } = await access.createToken(asked);
    return { token: credential, authority };
  }

  /** By which the test's own calls go. */
  security(): ChannelSecurity {
    if (this.#options.insecure === true) return { kind: 'plaintext' };
    const read = (name: string): Buffer => readFileSync(join(this.adminFolder, name));
    const certificates = {
      certificate: read(IDENTITY_FILES.certificate),
      key: read(IDENTITY_FILES.key),
      authorities: read(IDENTITY_FILES.authorities),
    };
    return { kind: 'mutual', source: { current: () => certificates } };
  }

  #agentArgs(name: string, options: TestAgentOptions): readonly string[] {
    const firstPort = this.#firstPort + this.#agents.size * PORTS_PER_AGENT;
    return [
      '--coordinator',
      options.coordinator ?? this.address,
      ...this.#insecureFlag,
      '--data-dir',
      this.agentFolder(name),
      '--host-id',
      this.hostId(name),
      '--host-name',
      name,
      '--docker-socket',
      options.dockerSocket ?? this.#options.dockerSocket ?? dockerSocket,
      '--port-range',
      `${String(firstPort)}-${String(firstPort + PORTS_PER_AGENT - 1)}`,
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
