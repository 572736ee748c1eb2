import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CoordinatorRole, CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { Client } from '../../../common/rpc/index.js';
import { Program } from '../../support/program.js';
import { waitFor } from '../../support/wait-for.js';
import { say } from '../report.js';

const PROBE = pathToFileURL(join(import.meta.dirname, 'stall-probe.mjs')).href;
const PATIENCE_MS = 120_000;
/** As the systemd unit has it. */
const RESTART_MS = 2_000;

/** A coordinator as a process of its own, called in clear, and started again where it ends by itself, as systemd does. */
export class Member {
  readonly address: string;
  readonly #folder: string;
  readonly #store: readonly string[];
  #program: Program;
  #channel: Channel;
  #isWanted = true;

  /** `store` are further flags, such as those that say where its fleet is. */
  constructor(folder: string, address: string, store: readonly string[]) {
    this.#folder = folder;
    this.address = address;
    this.#store = store;
    this.#program = this.#spawn();
    this.#channel = this.#call();
  }

  get pid(): number {
    return this.#program.pid;
  }

  get fleet(): Client<typeof FleetService> {
    return createClient(FleetService, this.#channel);
  }

  /** Waits until it leads. */
  async leads(): Promise<void> {
    const coordinator = createClient(CoordinatorService, this.#channel);
    await this.#has(async () => (await coordinator.getCoordinator({}, { timeoutMs: 5_000 })).role);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    await this.#program.end('SIGKILL');
  }

  /** Starts it again, over what it had written. */
  restart(): void {
    this.#isWanted = true;
    this.#channel.close();
    this.#program = this.#spawn();
    this.#channel = this.#call();
  }

  /** The longest that its event loop has stood still since this was asked last, in milliseconds. */
  async longestStallMs(): Promise<number> {
    const text = await readFile(this.#stalls, 'utf8').catch(() => '');
    await rm(this.#stalls, { force: true });
    return Math.max(0, ...text.split('\n').map(Number));
  }

  async close(): Promise<void> {
    this.#channel.close();
    await this.kill();
  }

  get #stalls(): string {
    return join(this.#folder, `${this.#name}.stalls`);
  }

  get #name(): string {
    return this.address.replace(/^.*:/, '');
  }

  #spawn(): Program {
    const own = ['--listen', this.address, '--data-dir', join(this.#folder, this.#name)];
    const args = ['coordinator', 'start', '--insecure-loopback', ...own, '--log-level', 'warn'];
    const env = { NODE_OPTIONS: `--max-semi-space-size=64 --import ${PROBE}`, HEADFRAME_BENCH_STALLS: this.#stalls };
    const program = new Program([...args, ...this.#store], join(this.#folder, `${this.#name}.log`), { env });
    void program.ended().then(() => this.#startAgain(program));
    return program;
  }

  async #startAgain(ended: Program): Promise<void> {
    const isWanted = (): boolean => this.#isWanted;
    if (!isWanted()) return;
    say(`  a coordinator has ended by itself (${String(ended.exitCode)}) and is started again`);
    await sleep(RESTART_MS);
    if (isWanted()) this.#program = this.#spawn();
  }

  #call(): Channel {
    return new Channel({ address: this.address, security: { kind: 'plaintext' }, clock: systemClock });
  }

  async #has(ask: () => Promise<CoordinatorRole>): Promise<void> {
    try {
      await waitFor('a leader', async () => (await ask()) === CoordinatorRole.LEADER, PATIENCE_MS);
    } catch (cause) {
      throw new Error(await readFile(join(this.#folder, `${this.#name}.log`), 'utf8').catch(() => 'no log'), { cause });
    }
  }
}
