import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import { instanceFromWire } from '../../../common/wire/client.js';
import { Beats } from '../../support/beats.js';
import type { ManifestParts } from '../../support/manifest.js';
import { NetworkNode } from '../../support/network-node.js';
import { RunningFleet } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';
import type { Victim } from './faults.js';

/** How a fleet of islands is laid out. */
export interface IslandOptions {
  readonly hosts: number;
  readonly heartbeatPeriod: string;
  readonly leaseLength: string;
  /** Further flags of the coordinator. */
  readonly coordinator?: readonly string[];
}

const WALL_JUMP = pathToFileURL(join(import.meta.dirname, '../../support/wall-jump.mjs')).href;

/** A fleet whose hosts each live in a network of their own, on one engine, and what their miners wrote of their lives. */
export class IslandFleet {
  readonly fleet: RunningFleet;
  readonly beats: Beats;
  /** Where the coordinator's wall clock takes its offset from. */
  readonly wallOffsetFile: string;
  readonly #nodes = new Map<string, NetworkNode>();
  readonly #folder: string;
  readonly #temp: AsyncDisposable;

  constructor(temp: AsyncDisposable & { readonly path: string }, fleet: RunningFleet, folder: string) {
    this.#temp = temp;
    this.fleet = fleet;
    this.#folder = folder;
    this.beats = new Beats(join(temp.path, 'beats'));
    this.wallOffsetFile = join(temp.path, 'coordinator.offset');
  }

  static async open(options: IslandOptions): Promise<IslandFleet> {
    const temp = await makeTempDir();
    const offsetFile = join(temp.path, 'coordinator.offset');
    const { heartbeatPeriod, leaseLength, coordinator = [] } = options;
    const number = process.pid % 256;
    const gateways = Array.from({ length: options.hosts }, (_, at) => NetworkNode.gatewayOf(number, at));
    const terms = ['--heartbeat-period', heartbeatPeriod, '--lease-length', leaseLength];
    // Each host calls at its own end of its cable.
    terms.push('--security-names', gateways.join(','));
    const data = await makeTempDir();
    const fleet = new RunningFleet(data, {
      coordinator: [...terms, ...coordinator],
      coordinatorPlace: { env: jumping(offsetFile) },
      listen: '0.0.0.0:0',
    });
    const islands = new IslandFleet(temp, fleet, data.path);
    try {
      await islands.#open(number, options.hosts);
    } catch (error) {
      await islands.close();
      throw error;
    }
    return islands;
  }

  get hostNames(): string[] {
    return [...this.#nodes.keys()];
  }

  node(host: string): NetworkNode {
    const node = this.#nodes.get(host);
    if (node === undefined) throw new Error(`no host ${host}`);
    return node;
  }

  victim(host: string): Victim {
    return {
      node: this.node(host),
      agent: () => this.fleet.agent(host),
      start: () => this.fleet.startAgent(host),
      guardPid: () => this.guardPid(host),
      wallOffsetFile: this.#offsetFile(host),
    };
  }

  guardPid(host: string): number {
    try {
      return Number(readFileSync(join(this.fleet.agentFolder(host), 'guard/guard'), 'utf8').split(' ')[0]);
    } catch {
      return 0; // none was started yet
    }
  }

  /** Applies miners and waits until each runs once. */
  async run(...miners: readonly ManifestParts[]): Promise<void> {
    await this.fleet.apply(...miners);
    for (const { name } of miners) await this.fleet.running(name, 1, 60_000);
  }

  /** Waits until a miner runs once; tells how it stands when it does not. */
  async runsOnce(miner: string, timeoutMs: number): Promise<void> {
    try {
      await this.fleet.running(miner, 1, timeoutMs);
    } catch (cause) {
      const instances = (await this.fleet.instances(miner, { ended: true })).map(instanceFromWire);
      const standing = instances.map(({ serial, state, hostId, reason, text }) =>
        [serial, state, hostId, reason, text].map(String).join(' '),
      );
      const { why, quarantine } = await this.fleet.miner(miner);
      const [last] = standing.slice(-1);
      throw new Error(`${miner} does not run: ${[why?.reason, why?.text, quarantine?.text, last].join('; ')}`, {
        cause,
      });
    }
  }

  /** Which host each of these miners runs on, as far as the fleet knows. */
  async holders(): Promise<Map<string, string>> {
    const { instances } = await this.fleet.fleet.listInstances({ pageSize: 1000 });
    const hosts = new Map(this.hostNames.map((name) => [this.fleet.hostId(name), name]));
    const running = instances.filter(({ state }) => state === InstanceState.RUNNING);
    return new Map(running.map(({ miner, hostId }) => [miner, hosts.get(hostId) ?? '']));
  }

  async close(): Promise<void> {
    await this.fleet.close();
    for (const node of this.#nodes.values()) await node.close();
    await this.#temp[Symbol.asyncDispose]();
  }

  async #open(number: number, hosts: number): Promise<void> {
    await this.beats.open();
    await this.fleet.startCoordinator();
    const port = this.fleet.address.split(':')[1] ?? '';
    for (let at = 0; at < hosts; at += 1) {
      const name = `h${String(at)}`;
      const node = await NetworkNode.open(number, at);
      this.#nodes.set(name, node);
      await this.fleet.startAgent(name, {
        coordinator: `${node.gateway}:${port}`,
        flags: ['--allowed-host-paths', this.beats.folder, '--usage-interval', '60s'],
        place: { networkNamespace: node.name, env: jumping(this.#offsetFile(name)) },
      });
    }
    await this.fleet.hostsReady(hosts);
  }

  #offsetFile(host: string): string {
    return join(this.#folder, `${host}.offset`);
  }
}

function jumping(offsetFile: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${WALL_JUMP}`, HEADFRAME_TEST_WALL_OFFSET_FILE: offsetFile };
}
