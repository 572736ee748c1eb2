import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { freePort } from '../../support/free-port.js';
import { natsUrl } from '../../support/nats.js';
import { TestFleet } from '../../support/programs.js';
import { waitFor } from '../../support/wait-for.js';
import { cpuSeconds, peakResidentMb, residentMb } from '../process-figures.js';
import { say } from '../report.js';
import type { FleetBenchOptions } from './options.js';
import { Simulators } from './simulators.js';
import { benchMiners, hostIdOf } from './workload.js';

/** Miners in one call. */
const CALL_MINERS = 1_000;
const PATIENCE_MS = 300_000;
/** Time in which heartbeats and usage fall into their rhythm before they are measured. */
const CALM_MS = 5_000;
const LOOP_DELAY = /^headframe_coordinator_nodejs_eventloop_lag_(p50|p99|max)_seconds (\S+)$/gm;

/** The coordinator's program, to be made by `open`, its simulated agents, and what can be asked of both. */
export class BenchFleet implements AsyncDisposable {
  readonly #options: FleetBenchOptions;
  readonly #simulators: Simulators;
  readonly #fleet: TestFleet;
  readonly #metrics: string;

  constructor(options: FleetBenchOptions, folder: string, metrics: string) {
    this.#options = options;
    this.#metrics = metrics;
    const nats = natsUrl === '' ? [] : ['--nats-url', natsUrl];
    const lease = `${String(options.leaseS ?? 15)}s`;
    const flags = ['--lease-length', lease, '--metrics', metrics, '--log-level', 'warn', ...nats];
    this.#fleet = new TestFleet(folder, { insecure: options.plaintext, coordinator: flags });
    this.#simulators = new Simulators(options);
  }

  /** Starts the coordinator and connects all agents. */
  static async open(options: FleetBenchOptions, folder: string): Promise<BenchFleet> {
    const fleet = new BenchFleet(options, folder, `127.0.0.1:${String(await freePort())}`);
    await fleet.#startCoordinator();
    fleet.#simulators.connect(fleet.#fleet.address, options.plaintext ? undefined : fleet.#fleet.storeFolder);
    await fleet.#allSynced();
    return fleet;
  }

  get pid(): number {
    return this.#fleet.coordinator.pid;
  }

  get residentMb(): Promise<number> {
    return residentMb(this.pid);
  }

  get peakResidentMb(): Promise<number> {
    return peakResidentMb(this.pid);
  }

  /** Seconds from the first call of ApplyMiners until the coordinator has acknowledged every instance as running. */
  async applyToRunning(): Promise<{
    readonly seconds: number;
    readonly cpuS: number;
    readonly simulatorsCpuS: number;
  }> {
    const miners = benchMiners(this.#options);
    const cpuBefore = await this.#cpuSeconds();
    const beganAtMs = Date.now();
    for (let at = 0; at < miners.length; at += CALL_MINERS)
      await this.#fleet.fleet.applyMiners({ miners: miners.slice(at, at + CALL_MINERS) }, { timeoutMs: PATIENCE_MS });
    say(`  applied after ${String(Date.now() - beganAtMs)} ms`);
    const seconds = ((await this.#allRunning()) - beganAtMs) / 1000;
    const cpu = await this.#cpuSeconds();
    say(`  ${JSON.stringify(this.#simulators.counts)}`);
    return { seconds, cpuS: cpu.own - cpuBefore.own, simulatorsCpuS: cpu.simulators - cpuBefore.simulators };
  }

  /** Delay of the coordinator's event loop in milliseconds since this was asked last. */
  async loopDelay(): Promise<Record<string, number>> {
    const text = await (await fetch(`http://${this.#metrics}/metrics`)).text();
    return Object.fromEntries(
      [...text.matchAll(LOOP_DELAY)].map(([, name = '', value]) => [name, Number(value) * 1000]),
    );
  }

  /** Share of one core that the coordinator takes while nothing changes, in percent. */
  async steadyCpuPercent(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    const [cpuBefore, before] = [await cpuSeconds(this.pid), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, this.#options.steadyS * 1000));
    return ((await cpuSeconds(this.pid)) - cpuBefore) / ((performance.now() - before) / 1e5);
  }

  /** Kills the coordinator, starts it again, and measures until it has heard of everything from every agent. */
  async resynchronise(): Promise<{ readonly seconds: number; readonly cpuS: number; readonly restarts: number }> {
    const { starts, drops } = this.#simulators.counts;
    await this.#fleet.coordinator.end('SIGKILL');
    await this.#simulators.until('all have noticed', ({ synced }) => synced === 0, PATIENCE_MS);
    const beganAtMs = Date.now();
    await this.#startCoordinator();
    say(`  answers after ${String(Date.now() - beganAtMs)} ms`);
    const endedAtMs = await this.#allSynced();
    const after = this.#simulators.counts;
    const restarts = after.starts - starts + (after.drops - drops);
    return { seconds: (endedAtMs - beganAtMs) / 1000, cpuS: await cpuSeconds(this.pid), restarts };
  }

  /** Seconds from a host's last heartbeat until it counts as lost. */
  async detectLoss(): Promise<number> {
    const hostId = hostIdOf(0);
    const beganAtMs = performance.now();
    this.#simulators.order('freeze', 0, 1);
    await this.#hostIs(hostId, HostState.LOST);
    const seconds = (performance.now() - beganAtMs) / 1000;
    await this.#allRunning();
    this.#simulators.order('wake', 0, 1);
    await this.#hostIs(hostId, HostState.READY);
    return seconds;
  }

  /** Loses a tenth of the hosts for good, has them return empty, and drains another tenth; seconds of each. */
  async churn(): Promise<{ readonly lostS: number; readonly drainedS: number }> {
    const tenth = Math.floor(this.#options.agents / 10);
    const lostAtMs = Date.now();
    this.#simulators.order('freeze', 0, tenth);
    await this.#hostIs(hostIdOf(tenth - 1), HostState.LOST);
    await this.#simulators.until(
      'the lost have ended',
      ({ connected }) => connected === this.#options.agents - tenth,
      PATIENCE_MS,
    );
    this.#simulators.order('wake', 0, tenth);
    const replacedAtMs = await this.#allRunning();
    await this.#allSynced();
    const drainedAtMs = Date.now();
    await this.#forHosts(tenth, 2 * tenth, (host) => this.#fleet.hosts.drainHost({ host }));
    await this.#drained(tenth, 2 * tenth);
    const drainedS = (Date.now() - drainedAtMs) / 1000;
    await this.#forHosts(tenth, 2 * tenth, (host) => this.#fleet.hosts.uncordonHost({ host }));
    await this.#allRunning();
    return { lostS: (replacedAtMs - lostAtMs) / 1000, drainedS };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#simulators[Symbol.asyncDispose]();
    await this.#fleet.endPrograms();
  }

  async #cpuSeconds(): Promise<{ readonly own: number; readonly simulators: number }> {
    const simulators = await Promise.all(this.#simulators.pids.map(cpuSeconds));
    return { own: await cpuSeconds(this.pid), simulators: simulators.reduce((sum, one) => sum + one, 0) };
  }

  async #startCoordinator(): Promise<void> {
    process.env['NODE_OPTIONS'] = this.#options.nodeOptions;
    // It has ten seconds to answer, which a million instances on a busy machine may outlast.
    const error = await this.#fleet.startCoordinator().catch((thrown: unknown) => thrown);
    delete process.env['NODE_OPTIONS'];
    if (error instanceof Error && !this.#fleet.coordinator.running) throw error;
    await waitFor(
      'the coordinator to answer',
      () => this.#fleet.fleet.getFleetStatus({}, { timeoutMs: 5_000 }).catch(() => undefined),
      PATIENCE_MS,
    );
  }

  async #forHosts(from: number, to: number, act: (host: string) => Promise<unknown>): Promise<void> {
    for (let index = from; index < to; index += 1) await act(hostIdOf(index));
  }

  async #drained(from: number, to: number): Promise<void> {
    await this.#forHosts(from, to, (host) =>
      waitFor(
        `${host} to be empty`,
        async () => (await this.#fleet.hosts.getHost({ host })).host?.instances === 0,
        PATIENCE_MS,
      ),
    );
  }

  #allSynced(): Promise<number> {
    const { agents } = this.#options;
    return this.#simulators.until('all are synchronised', ({ synced }) => synced === agents, PATIENCE_MS);
  }

  async #allRunning(): Promise<number> {
    const { instances } = this.#options;
    try {
      return await this.#simulators.until('all run', ({ running }) => running === instances, PATIENCE_MS);
    } catch (error) {
      const { hostsReady, instancesPending, instancesLive, instancesRunning } = await this.#fleet.fleet.getFleetStatus(
        {},
      );
      say(JSON.stringify({ hostsReady, instancesPending, instancesLive, instancesRunning }));
      throw error;
    }
  }

  async #hostIs(host: string, state: HostState): Promise<void> {
    await waitFor(
      `${host} to change its state`,
      async () => (await this.#fleet.hosts.getHost({ host })).host?.state === state,
      PATIENCE_MS,
    );
  }
}
