import type { ContainerInspectInfo } from 'dockerode';
import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Instance } from '../../common/gen/headframe/v1/instance_pb.js';
import type { ApplyMinersResponse } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Host } from '../../common/gen/headframe/v1/host_pb.js';
import type { Miner, Why } from '../../common/gen/headframe/v1/miner_pb.js';
import { parseManifests } from '../../common/model/manifest/index.js';
import { minerSpecToWire } from '../../common/wire/client.js';
import { EngineView } from './engine-view.js';
import type { EngineEvent } from './engine-view.js';
import { manifestOf } from './manifest.js';
import type { ManifestParts } from './manifest.js';
import { TestFleet } from './programs.js';
import type { TestAgentOptions, TestFleetOptions } from './programs.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

/** Enough for a loaded machine; a test waits no longer than it must. */
const PATIENCE_MS = 30_000;

/** A fleet that is up, with its engine beside it and what tests ask of both. */
export class RunningFleet extends TestFleet {
  readonly engine: EngineView;
  readonly #temp: AsyncDisposable;

  constructor(temp: AsyncDisposable & { path: string }, options: TestFleetOptions) {
    super(temp.path, options);
    this.#temp = temp;
    this.engine = new EngineView(options.dockerSocket);
  }

  /** Starts a coordinator and these agents, and waits until their hosts are ready. */
  static async open(
    agents: Readonly<Record<string, TestAgentOptions>>,
    options: TestFleetOptions = {},
  ): Promise<RunningFleet> {
    const fleet = new RunningFleet(await makeTempDir(), options);
    try {
      await fleet.startCoordinator();
      for (const [name, agent] of Object.entries(agents)) await fleet.startAgent(name, agent);
      await fleet.hostsReady(Object.keys(agents).length);
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  /** Applies manifests through the API. */
  async apply(...manifests: readonly ManifestParts[]): Promise<ApplyMinersResponse> {
    const parsed = parseManifests(manifests.map((parts) => ({ name: parts.name, text: manifestOf(parts) })));
    if ('violations' in parsed) throw new Error(`a test's manifest is wrong: ${JSON.stringify(parsed.violations)}`);
    return this.fleet.applyMiners({ miners: parsed.specs.map(minerSpecToWire) });
  }

  /** Deletes miners and waits until neither the fleet nor the engine has anything of them. */
  async remove(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.fleet.deleteMiner({ name });
    for (const name of names) {
      await this.until(`${name} to be gone`, async () => !(await this.#minerNames()).includes(name));
      await this.until(`containers of ${name} to be gone`, async () => (await this.containers(name)).length === 0);
    }
  }

  async miner(name: string): Promise<Miner> {
    const { miner } = await this.fleet.getMiner({ name });
    if (miner === undefined) throw new Error(`no miner ${name}`);
    return miner;
  }

  async host(name: string): Promise<Host> {
    const { host } = await this.hosts.getHost({ host: name });
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** A miner's instances, by serial; with `ended` also those that have ended and are kept. */
  async instances(miner: string, { ended = false } = {}): Promise<Instance[]> {
    const { instances } = await this.fleet.listInstances({ miner, includeEnded: ended, pageSize: 1000 });
    return instances.sort((a, b) => Number(a.serial - b.serial));
  }

  /** The only instance of a miner. */
  async instance(miner: string): Promise<Instance> {
    const [first, ...others] = await this.instances(miner);
    if (first === undefined || others.length > 0) throw new Error(`${miner} has not exactly one instance`);
    return first;
  }

  /** Waits until so many instances of a miner run and nothing else of it is under way. */
  running(miner: string, count: number, timeoutMs = PATIENCE_MS): Promise<Instance[]> {
    return this.until(
      `${String(count)} of ${miner} to run`,
      async () => {
        const instances = await this.instances(miner);
        const all = instances.every(({ state }) => state === InstanceState.RUNNING);
        return all && instances.length === count && instances;
      },
      timeoutMs,
    );
  }

  /** Waits until a miner waits for one of these reasons. */
  waiting(miner: string, ...reasons: readonly string[]): Promise<Why> {
    return this.until(`${miner} to wait for ${reasons.join(' or ')}`, async () => {
      const { why } = await this.miner(miner);
      return why !== undefined && reasons.includes(why.reason) && why;
    });
  }

  /** Waits until an ended instance of a miner carries this reason. */
  ended(miner: string, reason: string): Promise<Instance> {
    return this.until(`an instance of ${miner} to end by ${reason}`, async () =>
      (await this.instances(miner, { ended: true })).find((one) => one.state > 6 && one.reason === reason),
    );
  }

  /** What the engine has of all hosts: every container, or a miner's. */
  async containers(miner?: string): Promise<ContainerInspectInfo[]> {
    const perHost = this.agentNames.map((name) => this.engine.containers(this.hostId(name), miner));
    return (await Promise.all(perHost)).flat();
  }

  /** The only container of a miner. */
  async container(miner: string): Promise<ContainerInspectInfo> {
    const [first, ...others] = await this.containers(miner);
    if (first === undefined || others.length > 0)
      throw new Error(`${miner} has ${String(others.length + (first === undefined ? 0 : 1))} containers`);
    return first;
  }

  /** The engine's events of a miner's containers since a time. */
  async engineEvents(sinceMs: number, miner: string): Promise<EngineEvent[]> {
    const hostIds = this.agentNames.map((name) => this.hostId(name));
    return (await this.engine.eventsSince(sinceMs, hostIds)).filter((event) => event.miner === miner);
  }

  until<T>(
    what: string,
    ask: () => Promise<T | false | undefined> | T | false | undefined,
    timeoutMs = PATIENCE_MS,
  ): Promise<T> {
    return waitFor(what, ask, timeoutMs);
  }

  /** Ends everything and removes what is left, also of a test that failed halfway. */
  override async close(): Promise<void> {
    await this.endPrograms();
    for (const name of this.agentNames) await this.engine.removeAll(this.hostId(name));
    await this.#temp[Symbol.asyncDispose]();
  }

  async #minerNames(): Promise<string[]> {
    const { miners } = await this.fleet.listMiners({ pageSize: 1000 });
    return miners.map(({ spec }) => spec?.name ?? '');
  }
}

/** What must stay the same of a container that nobody restarted. */
export function lifeOf({ Id, State }: ContainerInspectInfo): { id: string; startedAt: string; pid: number } {
  return { id: Id, startedAt: State.StartedAt, pid: State.Pid };
}
