import { create } from '@bufbuild/protobuf';
import { AgentService, SessionRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type {
  Accepted,
  InstanceSecrets,
  SessionRequest,
  SessionResponse,
  TunnelOrder,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { BidiCall, Certificates, Client } from '../../common/rpc/index.js';
import type { Assignment } from '../../common/model/workload.js';
import { deltaFromWire, helloToWire, instanceReportsToWire, snapshotFromWire } from '../../common/wire/agent.js';
import { usageToWire } from '../../common/wire/agent.js';
import type { AgentHello, InstanceReport, StopOrder, UsageReport } from '../../common/wire/agent.js';
import { serveFakeTunnel } from './fake-tunnel.js';
import { securityBy } from './host-certificates.js';
import { sampleHello } from './sample-hello.js';
import { sampleReport } from './sample-report.js';
import { waitFor } from './wait-for.js';

/** How a fake agent behaves. */
export interface FakeAgentOptions {
  readonly hello?: Partial<AgentHello>;
  /** Reports each assignment as running and each stop as stopped, at once; default true. */
  readonly obedient?: boolean;
  /** Sends heartbeats as it is told to; default true. */
  readonly heartbeats?: boolean;
  /** By which it proves itself; without any it speaks in clear. */
  readonly certificates?: Certificates;
}

type Call = BidiCall<typeof AgentService.method.session.input, typeof AgentService.method.session.output>;

/** The agents' side of the protocol, small and true, with instances that exist in its memory alone. */
export class FakeAgent {
  /** What it is to hold, by serial. */
  readonly held = new Map<number, Assignment>();
  /** Every message received, by its case, in order. */
  readonly received: string[] = [];
  /** Answers about secrets. */
  readonly secrets: InstanceSecrets[] = [];
  /** Deltas that did not build on what it held. */
  gaps = 0;
  accepted: Accepted | undefined;
  retained: readonly number[] = [];
  acknowledged = 0;
  answeredHeartbeats = 0;
  openTunnels = 0;
  /** What ended the session, once it has ended. */
  ended: unknown;
  readonly hello: AgentHello;
  readonly #options: FakeAgentOptions;
  readonly #channel: Channel;
  readonly #client: Client<typeof AgentService>;
  readonly #call: Call;
  readonly #over = new AbortController();
  readonly #running: Promise<void>;
  #revision = 0;
  #sequence = 0;

  /** Connects at once; see `accepted` and `ended` for what comes of it. */
  constructor(address: string, hostId: string, options: FakeAgentOptions = {}) {
    this.hello = sampleHello(hostId, options.hello);
    this.#options = options;
    this.#channel = new Channel({ address, security: securityBy(options.certificates), clock: systemClock });
    this.#client = createClient(AgentService, this.#channel);
    this.#call = this.#client.session();
    this.#running = this.#run();
  }

  /** Connects and waits for the assignments. */
  static async connect(address: string, hostId: string, options: FakeAgentOptions = {}): Promise<FakeAgent> {
    const agent = new FakeAgent(address, hostId, options);
    await waitFor(`a snapshot for ${hostId}`, () => {
      if (agent.ended !== undefined) throw new Error('the session ended', { cause: agent.ended });
      return agent.received.includes('snapshot');
    });
    return agent;
  }

  /** Sends one batch of reports; resolves with its sequence, which `acknowledged` reaches in the end. */
  async report(...reports: InstanceReport[]): Promise<number> {
    this.#sequence += 1;
    const sequence = this.#sequence;
    await this.send({ case: 'reports', value: instanceReportsToWire(sequence, reports) });
    return sequence;
  }

  /** Sends a sample of usage. */
  async reportUsage(usage: UsageReport): Promise<void> {
    await this.send({ case: 'usage', value: usageToWire(usage) });
  }

  /** Sends any message, right or wrong. */
  async send(message: SessionRequest['message']): Promise<void> {
    await this.#call.requests.write(create(SessionRequestSchema, { message }));
  }

  /** Pretends to have missed something: the next delta does not fit. */
  loseTrack(): void {
    this.#revision -= 1;
  }

  /** Breaks the connection, as a crash would, and waits until all is over here. */
  async close(): Promise<void> {
    this.#over.abort();
    this.#channel.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.send({ case: 'hello', value: helloToWire(this.hello) });
      for await (const { message } of this.#call.responses) {
        this.received.push(message.case ?? 'none');
        this.#take(message);
      }
      this.ended = new Error('the coordinator ended the session');
    } catch (error) {
      this.ended = error;
    } finally {
      this.#over.abort();
    }
  }

  #take(message: SessionResponse['message']): void {
    if (message.case === 'accepted') this.#accept(message.value);
    else if (message.case === 'heartbeatAck') this.answeredHeartbeats += 1;
    else if (message.case === 'reportsAck') this.acknowledged = Number(message.value.sequence);
    else if (message.case === 'tunnelOrder') this.#openTunnel(message.value);
    else if (message.case === 'secretsAnswer' && message.value.instance) this.secrets.push(message.value.instance);
    else if (message.case === 'snapshot') this.#takeSnapshot(snapshotFromWire(message.value));
    else if (message.case === 'delta') this.#takeDelta(message.value);
  }

  #accept(accepted: Accepted): void {
    this.accepted = accepted;
    if (this.#options.heartbeats ?? true) void this.#beat(accepted.heartbeatPeriodMs).catch(() => undefined);
  }

  async #beat(periodMs: number): Promise<void> {
    for (let sequence = 1n; ; sequence += 1n) {
      await this.send({ case: 'heartbeat', value: { $typeName: 'headframe.v1.Heartbeat', sequence } });
      await systemClock.sleep(periodMs, this.#over.signal);
    }
  }

  #takeSnapshot(snapshot: ReturnType<typeof snapshotFromWire>): void {
    this.#revision = snapshot.resultsIn;
    this.retained = snapshot.retained;
    this.held.clear();
    this.#obey(snapshot.runs, snapshot.stops);
  }

  #takeDelta(message: Parameters<typeof deltaFromWire>[0]): void {
    const delta = deltaFromWire(message, { assignments: [...this.held.values()] });
    if (delta.appliesTo !== this.#revision) {
      this.gaps += 1;
      const value = { $typeName: 'headframe.v1.SnapshotRequest' as const, reason: 'unknown_base' };
      void this.send({ case: 'snapshotRequest', value }).catch(() => undefined);
      return;
    }
    this.#revision = delta.resultsIn;
    for (const serial of delta.forget) this.held.delete(serial);
    this.#obey(delta.runs, delta.stops);
  }

  #obey(runs: readonly Assignment[], stops: readonly StopOrder[]): void {
    for (const run of runs) this.held.set(run.serial, run);
    for (const { serial, ...stop } of stops) {
      const held = this.held.get(serial);
      if (held !== undefined) this.held.set(serial, { ...held, stop });
    }
    if (!(this.#options.obedient ?? true)) return;
    const stopping = new Set(stops.map(({ serial }) => serial));
    const started = runs.filter(({ serial }) => !stopping.has(serial)).map(({ serial }) => sampleReport(serial));
    const stopped = stops.map(({ serial, reason }) => sampleReport(serial, { state: 'stopped', reason, exitCode: 0 }));
    if (started.length + stopped.length > 0) void this.report(...started, ...stopped).catch(() => undefined);
  }

  #openTunnel(order: TunnelOrder): void {
    this.openTunnels += 1;
    void serveFakeTunnel(this.#client, this.hello.hostId, order)
      .catch(() => undefined)
      .finally(() => {
        this.openTunnels -= 1;
      });
  }
}
