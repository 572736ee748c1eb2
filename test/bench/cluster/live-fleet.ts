import { freePort } from '../../support/free-port.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { waitFor } from '../../support/wait-for.js';
import { Simulators } from '../fleet/simulators.js';
import { benchMiners } from '../fleet/workload.js';
import { cpuSeconds, residentMb } from '../process-figures.js';
import { Member } from './member.js';

/** How large a fleet of coordinators and simulated agents is. */
export interface LiveOptions {
  readonly agents: number;
  readonly instances: number;
  readonly miners: number;
  /** Of hosts; default 15, the shortest that heartbeats of five seconds allow. */
  readonly leaseS?: number;
}

/** Where coordinators keep their fleet. */
export interface LivePlace {
  /** One alone, or those that share a store. */
  readonly coordinators: 1 | 2;
  /** Flags of each. */
  readonly store: readonly string[];
  /** Of the servers of the store, whose CPU time is told with that of coordinators; none for the embedded store. */
  readonly serverPids: readonly number[];
}

/** Miners in one call. */
const CALL_MINERS = 1_000;
const PATIENCE_MS = 300_000;
const CALL_MS = 1_000;
/** Connections that each process of simulated agents may have under way at once, and instances in each report of usage. */
const AGENTS_WAYS = { dials: 100, usageInstances: 10 } as const;

/** Coordinators as real processes, and agents in two processes of their own with a gRPC stream each, all in clear. */
export class LiveFleet implements AsyncDisposable {
  readonly #options: LiveOptions;
  readonly #place: LivePlace;
  readonly #members: Member[];
  readonly #simulators: Simulators;

  constructor(options: LiveOptions, place: LivePlace, members: Member[]) {
    this.#options = options;
    this.#place = place;
    this.#members = members;
    this.#simulators = new Simulators({ ...options, ...AGENTS_WAYS });
  }

  /** Starts all; resolves when every agent is connected to the coordinator that leads. */
  static async open(options: LiveOptions, place: LivePlace, folder: string): Promise<LiveFleet> {
    const ports = await Promise.all(Array.from({ length: place.coordinators }, () => freePort()));
    const members: Member[] = [];
    const fleet = new LiveFleet(options, place, members);
    try {
      for (const port of ports) {
        members.push(new Member(folder, `127.0.0.1:${String(port)}`, [...leaseOf(options), ...place.store]));
        // The first that is there leads.
        if (members.length === 1) await fleet.leader.leads();
      }
      fleet.#simulators.connect(members.map(({ address }) => address).join(','), undefined);
      await fleet.#allSynced();
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The first of those that run: whoever leads. */
  get leader(): Member {
    const [leader] = this.#members;
    if (leader === undefined) throw new Error('no coordinator is left');
    return leader;
  }

  /** Seconds from the first call of ApplyMiners until the last agent was told of its last instance, and what that took. */
  async dispatch(): Promise<Record<string, number>> {
    await this.leader.longestStallMs();
    const before = await this.#cpu();
    const miners = benchMiners(this.#options);
    const beganAtMs = Date.now();
    for (let at = 0; at < miners.length; at += CALL_MINERS)
      await this.leader.fleet.applyMiners({ miners: miners.slice(at, at + CALL_MINERS) }, { timeoutMs: PATIENCE_MS });
    const { instances } = this.#options;
    await this.#simulators.until('all were told', ({ starts }) => starts >= instances, PATIENCE_MS);
    const told = (this.#simulators.counts.toldAtMs - beganAtMs) / 1000;
    const after = await this.#cpu();
    const ranAtMs = await this.#simulators.until('all run', ({ running }) => running === instances, PATIENCE_MS);
    return {
      apply_to_dispatched_s: told,
      coordinator_cpu_s: after.coordinator - before.coordinator,
      follower_cpu_s: after.followers - before.followers,
      servers_cpu_s: after.servers - before.servers,
      agents_cpu_s: after.agents - before.agents,
      apply_to_running_s: (ranAtMs - beganAtMs) / 1000,
      burst_stall_ms: await this.leader.longestStallMs(),
      rss_mb: await residentMb(this.leader.pid),
    };
  }

  /**
   * Kills the coordinator that leads; seconds until another one, or itself once it was started again, has made the next
   * placement durable, and until all agents are back.
   */
  async failover(): Promise<Record<string, number>> {
    const [killed] = this.#members;
    const { ends, starts, drops } = this.#simulators.counts;
    const beganAtMs = Date.now();
    await this.leader.kill();
    if (this.#members.length > 1) this.#members.shift();
    else this.leader.restart();
    await this.leader.longestStallMs();
    await this.#place1(`after-${String(beganAtMs)}`);
    const failoverS = (Date.now() - beganAtMs) / 1000;
    await this.#simulators.until('all have noticed', (now) => now.ends - ends >= this.#options.agents, PATIENCE_MS);
    const backAtMs = await this.#allSynced();
    if (killed !== this.leader) await killed?.close();
    return {
      failover_s: failoverS,
      agents_back_s: (backAtMs - beganAtMs) / 1000,
      // One was placed on purpose.
      failover_restarts: this.#simulators.counts.starts - starts - 1 + (this.#simulators.counts.drops - drops),
      failover_stall_ms: await this.leader.longestStallMs(),
    };
  }

  /** Of a core, by coordinator and the store's servers, while nothing changes, in percent. */
  async steadyPercent(seconds: number): Promise<Record<string, number>> {
    const before = await this.#cpu();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const after = await this.#cpu();
    const percent = (of: 'coordinator' | 'servers'): number => (100 * (after[of] - before[of])) / seconds;
    return { steady_cpu_percent: percent('coordinator'), steady_servers_cpu_percent: percent('servers') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#simulators[Symbol.asyncDispose]();
    await Promise.all(this.#members.map((member) => member.close()));
  }

  /** Applies a miner of one instance as soon as somebody takes it; resolves when its place is durable. */
  async #place1(name: string): Promise<void> {
    const { fleet } = this.leader;
    const miners = [wireSpec({ name, replicas: 1 })];
    await waitFor('a leader to take a miner', () => fleet.applyMiners({ miners }, { timeoutMs: CALL_MS }), PATIENCE_MS);
    // Watches hear of nothing that is not durable.
    for await (const { changes } of fleet.watchFleet({ instances: true, miner: name }))
      if (changes.some(({ change }) => change.case === 'instance' && change.value.hostId !== '')) return;
    throw new Error('the watch has ended');
  }

  /** CPU time until now, in seconds. */
  async #cpu(): Promise<Record<'coordinator' | 'followers' | 'servers' | 'agents', number>> {
    const sum = async (pids: readonly number[]): Promise<number> =>
      (await Promise.all(pids.map(cpuSeconds))).reduce((total, one) => total + one, 0);
    const [leader, ...followers] = this.#members.map(({ pid }) => pid);
    return {
      coordinator: await sum(leader === undefined ? [] : [leader]),
      followers: await sum(followers),
      servers: await sum(this.#place.serverPids),
      agents: await sum(this.#simulators.pids),
    };
  }

  #allSynced(): Promise<number> {
    const { agents } = this.#options;
    return this.#simulators.until('all are synchronised', ({ synced }) => synced === agents, PATIENCE_MS);
  }
}

function leaseOf({ leaseS = 15 }: LiveOptions): readonly string[] {
  return ['--lease-length', `${String(leaseS)}s`];
}
