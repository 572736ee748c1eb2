import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { CallMetadata, ChannelSecurity, Client } from '../../../common/rpc/index.js';
import type { SwitchedMachine } from '../../support/network-switch.js';
import { Program } from '../../support/program.js';
import { waitFor } from '../../support/wait-for.js';

const PORT = 7700;
/** As a service manager waits before it starts a coordinator again that has ended. */
const AGAIN_MS = 500;
const WALL_JUMP = pathToFileURL(join(import.meta.dirname, '../../support/wall-jump.mjs')).href;

/** How a test calls a coordinator. */
interface Calls {
  readonly coordinator: Client<typeof CoordinatorService>;
  readonly fleet: Client<typeof FleetService>;
  readonly channel: Channel;
  /** For reading, one call after the other. */
  readonly reads: Client<typeof FleetService>;
  /** Headers of the last answer to one of those. */
  readonly readHeaders: () => CallMetadata | undefined;
  readonly readChannel: Channel;
}

/** A coordinator on a machine of its own, started again whenever it ends. */
export class Member implements AsyncDisposable {
  readonly name: string;
  readonly machine: SwitchedMachine;
  readonly address: string;
  readonly dataDir: string;
  /** How often it has ended by itself. */
  ends = 0;
  readonly #args: readonly string[];
  readonly #logFile: string;
  readonly #offsetFile: string;
  readonly #watched: Promise<void>;
  #program: Program;
  #calls: Calls | undefined;
  #isOver = false;
  #isKilled = false;

  /** `args` are all but where it listens and what it keeps. */
  constructor(name: string, machine: SwitchedMachine, folder: string, args: readonly string[]) {
    this.name = name;
    this.machine = machine;
    this.address = `${machine.address}:${String(PORT)}`;
    this.dataDir = join(folder, name);
    this.#logFile = join(folder, `${name}.log`);
    this.#offsetFile = join(folder, `${name}.offset`);
    this.#args = ['coordinator', 'start', '--listen', this.address, '--data-dir', this.dataDir, ...args];
    this.#program = this.#start();
    this.#watched = this.#watch();
  }

  /** Calls by this identity from now on. */
  open(security: ChannelSecurity): void {
    const options = { address: this.address, security, clock: systemClock };
    const channel = new Channel(options);
    let heard: CallMetadata | undefined;
    const readChannel = new Channel({ ...options, onHeaders: (headers) => void (heard = headers) });
    const coordinator = createClient(CoordinatorService, channel);
    const reads = createClient(FleetService, readChannel);
    const fleet = createClient(FleetService, channel);
    this.#calls = { coordinator, fleet, channel, reads, readHeaders: () => heard, readChannel };
  }

  get calls(): Calls {
    if (this.#calls === undefined) throw new Error(`${this.name} is not called yet`);
    return this.#calls;
  }

  /** How often it has taken the lease of leadership. */
  async terms(): Promise<number> {
    return (await readFile(this.#logFile, 'utf8')).split('this coordinator leads"').length - 1;
  }

  /** `kill -9`; it is started again a moment later. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    await this.#program.end('SIGKILL');
  }

  /** Has it end as a service manager does, and waits until it answers again. */
  async endInOrder(): Promise<void> {
    this.#isKilled = true;
    await this.#program.end('SIGTERM');
    await waitFor(`${this.name} to be back`, async () => {
      await this.calls.coordinator.getCoordinator({}, { timeoutMs: 1_000 });
      return true;
    });
  }

  /** Has its process stand still until this is over. */
  async standStill(over: () => Promise<unknown>): Promise<void> {
    const stopped = this.#program;
    stopped.signal('SIGSTOP');
    await over().finally(() => {
      stopped.signal('SIGCONT');
    });
  }

  /** Has its wall clock be wrong by so much. */
  async setWall(offsetMs: number): Promise<void> {
    await writeFile(this.#offsetFile, String(offsetMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#calls?.channel.close();
    this.#calls?.readChannel.close();
    await this.#program.end('SIGKILL');
    await this.#watched;
  }

  #start(): Program {
    const env = { NODE_OPTIONS: `--import ${WALL_JUMP}`, HEADFRAME_TEST_WALL_OFFSET_FILE: this.#offsetFile };
    return new Program(this.#args, this.#logFile, { networkNamespace: this.machine.name, env });
  }

  async #watch(): Promise<void> {
    const isOver = (): boolean => this.#isOver;
    for (;;) {
      await this.#program.ended();
      if (isOver()) return;
      if (!this.#isKilled) this.ends += 1;
      this.#isKilled = false;
      await sleep(AGAIN_MS);
      if (isOver()) return;
      this.#program = this.#start();
    }
  }
}
