import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CoordinatorRole, CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import type { Client } from '../../../common/rpc/index.js';
import { Program } from '../../support/program.js';
import { waitFor } from '../../support/wait-for.js';

const PROBE = pathToFileURL(join(import.meta.dirname, 'stall-probe.mjs')).href;
const PATIENCE_MS = 120_000;

/** A coordinator as a process of its own, called in clear. */
export class Member {
  readonly address: string;
  readonly #folder: string;
  readonly #store: readonly string[];
  #program: Program;
  #channel: Channel;

  /** `store` are the flags that say where its fleet is; none for the embedded store. */
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
    await this.#program.end('SIGKILL');
  }

  /** Starts it again, over what it had written. */
  restart(): void {
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
    const args = [
      'coordinator',
      'start',
      '--insecure-loopback',
      ...own,
      '--lease-length',
      '15s',
      '--log-level',
      'warn',
    ];
    const env = { NODE_OPTIONS: `--max-semi-space-size=64 --import ${PROBE}`, HEADFRAME_BENCH_STALLS: this.#stalls };
    return new Program([...args, ...this.#store], join(this.#folder, `${this.#name}.log`), { env });
  }

  #call(): Channel {
    return new Channel({ address: this.address, security: { kind: 'plaintext' }, clock: systemClock });
  }

  async #has(ask: () => Promise<CoordinatorRole>): Promise<void> {
    await waitFor(
      'a leader',
      async () => {
        if (!this.#program.running)
          throw new Error(await readFile(join(this.#folder, `${this.#name}.log`), 'utf8').catch(() => 'it has ended'));
        return (await ask()) === CoordinatorRole.LEADER;
      },
      PATIENCE_MS,
    );
  }
}
