import { reconnectDelayMs } from '../../../agent/session/session-loop.js';
import type { AgentHello } from '../../../common/wire/agent.js';
import type { HostCertificates } from '../host-certificates.js';
import { SimulatedAgent } from './simulated-agent.js';
import type { AgentListener } from './simulated-agent.js';
import { usageMessage } from './usage-message.js';

/** Figures of a simulation, over all its agents. */
export interface SimulationCounts {
  /** Connections open. */
  connected: number;
  /** Agents whose coordinator has heard of all they hold. */
  synced: number;
  /** Instances held that the coordinator has acknowledged as running. */
  running: number;
  /** Instances started, since the beginning. */
  starts: number;
  /** Instances stopped or let go, since the beginning. */
  drops: number;
  /** Deltas that came. */
  deltas: number;
  /** Messages of reports that were sent. */
  batches: number;
  /** Deltas that did not fit. */
  gaps: number;
  /** Sessions that ended. */
  ends: number;
  /** Unix milliseconds at which `running` or `synced` last changed. */
  changedAtMs: number;
  /** Unix milliseconds at which an instance was last told to start. */
  toldAtMs: number;
  /** The server's word for the last end of a session. */
  lastEnd: string;
}

/** How a simulation behaves. */
export interface SimulationOptions {
  /** Instances of each agent in a usage report. */
  readonly usageInstances: number;
  /** Connections that may be under way at once: real hosts shake hands on processors of their own, these share one. */
  readonly dials: number;
}

const TICK_MS = 20;

/** Many simulated agents in one process, driven by one timer. */
export class Simulation implements AgentListener {
  readonly counts: SimulationCounts = {
    ...{ connected: 0, synced: 0, running: 0, starts: 0, drops: 0, deltas: 0, batches: 0, gaps: 0, ends: 0 },
    ...{ changedAtMs: 0, toldAtMs: 0, lastEnd: '' },
  };
  readonly #options: SimulationOptions;
  readonly #agents: SimulatedAgent[] = [];
  readonly #failures = new Map<SimulatedAgent, number>();
  readonly #unflushed = new Set<SimulatedAgent>();
  readonly #waiting: SimulatedAgent[] = [];
  readonly #resting = new Set<SimulatedAgent>();
  readonly #timer: NodeJS.Timeout;
  readonly #dialling = new Set<SimulatedAgent>();
  #addresses: readonly string[] = [];
  #heartbeatMs = 0;
  #usageMs = 0;
  #ticks = 0;

  constructor(hellos: readonly AgentHello[], options: SimulationOptions) {
    this.#options = options;
    for (const hello of hellos) this.#agents.push(new SimulatedAgent(this, hello));
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  /** Gives each agent a certificate of its own, by which it connects from now on. */
  async certify(hosts: HostCertificates): Promise<void> {
    for (const agent of this.#agents) agent.prove(await hosts.of(agent.hostId));
  }

  /**
   * Connects all agents, some at a time; each comes back by itself, as real ones do, when its session ends, and asks the next
   * address of those with commas then.
   */
  connect(addresses: string): void {
    this.#addresses = addresses.split(',');
    this.#resting.clear();
    this.#failures.clear();
    this.#waiting.push(...this.#agents.filter(({ connected }) => !connected));
    this.#dialMore();
  }

  /** Agents by their place, for the orders below. */
  rest(from: number, to: number, how: 'freeze' | 'disconnect'): void {
    for (const agent of this.#agents.slice(from, to)) {
      this.#resting.add(agent);
      agent[how]();
    }
  }

  /** Has agents that were sent to rest come back. */
  wake(from: number, to: number): void {
    for (const agent of this.#agents.slice(from, to)) {
      this.#resting.delete(agent);
      agent.disconnect();
      if (!agent.connected) agent.connect(this.#addressFor(agent));
    }
  }

  /** Ends all sessions, for good. */
  close(): void {
    clearInterval(this.#timer);
    this.disconnect();
  }

  /** Ends all sessions until `connect`. */
  disconnect(): void {
    this.rest(0, this.#agents.length, 'disconnect');
  }

  accepted(agent: SimulatedAgent, terms: { readonly heartbeatMs: number; readonly usageMs: number }): void {
    this.#heartbeatMs = terms.heartbeatMs;
    this.#usageMs = terms.usageMs;
    this.counts.connected += 1;
    this.#failures.delete(agent);
    if (this.#dialling.delete(agent)) this.#dialMore();
  }

  ended(agent: SimulatedAgent, { why, wasAccepted }: { readonly why: string; readonly wasAccepted: boolean }): void {
    this.counts.ends += 1;
    this.counts.lastEnd = why;
    if (wasAccepted) this.counts.connected -= 1;
    if (this.#dialling.delete(agent)) this.#dialMore();
    if (this.#resting.has(agent)) return;
    const attempt = (this.#failures.get(agent) ?? 0) + 1;
    this.#failures.set(agent, attempt);
    const again = (): void => {
      this.#waiting.push(agent);
      this.#dialMore();
    };
    setTimeout(again, reconnectDelayMs(attempt, Math.random())).unref();
  }

  count(figure: 'synced' | 'running' | 'starts' | 'drops' | 'deltas' | 'batches' | 'gaps', by: number): void {
    this.counts[figure] += by;
    if (figure === 'synced' || figure === 'running') this.counts.changedAtMs = Date.now();
    if (figure === 'starts') this.counts.toldAtMs = Date.now();
  }

  flushSoon(agent: SimulatedAgent): void {
    this.#unflushed.add(agent);
  }

  #addressFor(agent: SimulatedAgent): string {
    return this.#addresses[(this.#failures.get(agent) ?? 0) % this.#addresses.length] ?? '';
  }

  #dialMore(): void {
    while (this.#dialling.size < this.#options.dials) {
      const agent = this.#waiting.shift();
      if (agent === undefined) return;
      if (this.#resting.has(agent) || agent.connected) continue;
      this.#dialling.add(agent);
      agent.connect(this.#addressFor(agent));
    }
  }

  #tick(): void {
    for (const agent of this.#unflushed) agent.flush();
    this.#unflushed.clear();
    this.#ticks += 1;
    this.#inTurn(this.#heartbeatMs, (agent) => {
      agent.beat();
    });
    const usage = (serials: Iterable<number>): Uint8Array => usageMessage(serials, this.#options.usageInstances);
    this.#inTurn(this.#usageMs, (agent) => {
      agent.sendUsage(usage);
    });
  }

  /** Has each agent do something once in a period, evenly spread. */
  #inTurn(periodMs: number, act: (agent: SimulatedAgent) => void): void {
    if (periodMs === 0) return;
    const ticks = Math.max(1, Math.round(periodMs / TICK_MS));
    for (let at = this.#ticks % ticks; at < this.#agents.length; at += ticks) {
      const agent = this.#agents[at];
      if (agent !== undefined) act(agent);
    }
  }
}
