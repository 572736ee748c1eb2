import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import {
  AgentService,
  AssignmentDeltaSchema,
  AssignmentSnapshotSchema,
  SessionResponseSchema,
  TunnelResponseSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type {
  SessionRequest,
  SessionResponse,
  TunnelRequest,
  TunnelResponse,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../common/model/clock.js';
import type { HeadframeError } from '../../common/model/error.js';
import type { Assignment } from '../../common/model/workload.js';
import { RpcServer } from '../../common/rpc/index.js';
import type { Outgoing, ServiceImplementation, StreamWriter } from '../../common/rpc/index.js';
import {
  assignmentRunsToWire,
  helloFromWire,
  instanceReportFromWire,
  stopRunsToWire,
  workloadToWire,
} from '../../common/wire/agent.js';
import type { AgentHello, InstanceReport, StopOrder } from '../../common/wire/agent.js';
import { waitFor } from './wait-for.js';

/** How a fake coordinator behaves. */
export interface FakeCoordinatorOptions {
  /** Where it listens; by default a free port of 127.0.0.1. */
  readonly address?: string;
  readonly epoch?: number;
  readonly heartbeatPeriodMs?: number;
  readonly leaseMs?: number;
  /** Reads on after the hello; default true. */
  readonly reads?: boolean;
  /** Answers hellos; default true. */
  readonly accepts?: boolean;
  /** Answers heartbeats; default true. */
  readonly answers?: boolean;
  /** Acknowledges reports; default true. */
  readonly acknowledges?: boolean;
  /** Refuses every hello with this. */
  readonly refusal?: HeadframeError;
}

/** What a delta of a test changes; the rest is empty. */
export interface FakeDelta {
  readonly appliesTo: number;
  readonly resultsIn: number;
  readonly runs?: readonly Assignment[];
  readonly stops?: readonly StopOrder[];
  readonly forget?: readonly number[];
}

/** The coordinator's end of one session. */
export class FakeSession {
  readonly hello: AgentHello;
  /** Every message received, by its case, in order. */
  readonly received: string[] = [];
  readonly batches: { readonly sequence: number; readonly reports: readonly InstanceReport[] }[] = [];
  isOver = false;
  readonly #epoch: number;
  readonly #responses: StreamWriter<Outgoing<typeof SessionResponseSchema>>;
  readonly end: () => void;

  constructor(
    hello: AgentHello,
    epoch: number,
    responses: StreamWriter<Outgoing<typeof SessionResponseSchema>>,
    end: () => void,
  ) {
    this.hello = hello;
    this.#epoch = epoch;
    this.#responses = responses;
    this.end = end;
  }

  /** The latest report of an instance, over all batches. */
  report(serial: number): InstanceReport | undefined {
    return this.batches.flatMap(({ reports }) => reports).findLast((report) => report.serial === serial);
  }

  async send(message: SessionResponse['message']): Promise<void> {
    await this.#responses.write(create(SessionResponseSchema, { message }));
  }

  /** Sends all that the host is to hold. */
  async snapshot(resultsIn: number, runs: readonly Assignment[], epoch = this.#epoch): Promise<void> {
    const value = create(AssignmentSnapshotSchema, {
      epoch: BigInt(epoch),
      resultsIn: BigInt(resultsIn),
      workloads: workloadsOf(runs),
      runs: assignmentRunsToWire(runs),
    });
    await this.send({ case: 'snapshot', value });
  }

  /** Sends a change. */
  async delta({ appliesTo, resultsIn, runs = [], stops = [], forget = [] }: FakeDelta): Promise<void> {
    const value = create(AssignmentDeltaSchema, {
      epoch: BigInt(this.#epoch),
      appliesTo: BigInt(appliesTo),
      resultsIn: BigInt(resultsIn),
      workloads: workloadsOf(runs),
      runs: assignmentRunsToWire(runs),
      stops: stopRunsToWire(stops),
      forget: forget.map(BigInt),
    });
    await this.send({ case: 'delta', value });
  }
}

/** The coordinator's end of one tunnel. */
export interface FakeTunnelEnd {
  readonly tunnelId: string;
  readonly received: TunnelRequest['message'][];
  send(message: TunnelResponse['message']): Promise<void>;
  /** Ends the call. */
  hangUp(): void;
}

/** The agents' side of a coordinator, small and true, on a real socket; it does what a test tells it to. */
export class FakeCoordinator {
  readonly sessions: FakeSession[] = [];
  readonly tunnels: FakeTunnelEnd[] = [];
  /** Hellos that came, refused ones included. */
  hellos = 0;
  options: FakeCoordinatorOptions;
  readonly #server: RpcServer;
  #address = '';

  /** Serves nobody before `open` has it listen. */
  constructor(options: FakeCoordinatorOptions) {
    this.options = options;
    this.#server = new RpcServer({ clock: systemClock, newRequestId: randomUUID, onUnforeseen: () => undefined });
    this.#server.add(AgentService, this.#service());
  }

  static async open(options: FakeCoordinatorOptions = {}): Promise<FakeCoordinator> {
    const coordinator = new FakeCoordinator(options);
    coordinator.#address = await coordinator.#server.listen(options.address ?? '127.0.0.1:0', { kind: 'plaintext' });
    return coordinator;
  }

  get address(): string {
    return this.#address;
  }

  /** The session with this index, once its hello has come. */
  async session(index = 0): Promise<FakeSession> {
    return waitFor(`session ${String(index)}`, () => this.sessions[index]);
  }

  /** The first tunnel with this id, once it is open. */
  async tunnel(tunnelId: string): Promise<FakeTunnelEnd> {
    return waitFor(`tunnel ${tunnelId}`, () => this.tunnels.find((tunnel) => tunnel.tunnelId === tunnelId));
  }

  /** Breaks all calls. */
  async close(): Promise<void> {
    await this.#server.shutdown(0);
  }

  #service(): ServiceImplementation<typeof AgentService> {
    return {
      session: {
        withWriter: async (incoming, responses, { signal }) => {
          const requests = incoming[Symbol.asyncIterator]();
          const first = await requests.next();
          if (first.done === true || first.value.message.case !== 'hello') throw new Error('no hello');
          this.hellos += 1;
          if (this.options.refusal) throw this.options.refusal;
          const { promise: over, resolve: end } = deferred();
          signal.addEventListener('abort', end, { once: true });
          const hello = helloFromWire(first.value.message.value);
          const session = new FakeSession(hello, this.options.epoch ?? 1, responses, end);
          this.sessions.push(session);
          if (this.options.accepts ?? true) await this.#accept(session);
          if (this.options.reads ?? true) void this.#read(session, requests).then(end, end);
          await over;
          session.isOver = true;
        },
      },
      fetchContent: () => {
        throw new Error('no contents here');
      },
      tunnel: {
        withWriter: async (incoming, responses, { signal }) => {
          const { promise: over, resolve: hangUp } = deferred();
          signal.addEventListener('abort', hangUp, { once: true });
          // A tunnel whose agent has said all stays open until the test hangs up.
          void this.#readTunnel(incoming, responses, hangUp).catch(hangUp);
          await over;
        },
      },
    };
  }

  async #accept(session: FakeSession): Promise<void> {
    await session.send({
      case: 'accepted',
      value: {
        $typeName: 'headframe.v1.Accepted',
        sessionId: randomUUID(),
        epoch: BigInt(this.options.epoch ?? 1),
        heartbeatPeriodMs: this.options.heartbeatPeriodMs ?? 5_000,
        leaseMs: this.options.leaseMs ?? 30_000,
        usagePeriodMs: 1_000,
        coordinatorVersion: 'fake',
      },
    });
  }

  async #read(session: FakeSession, requests: AsyncIterator<SessionRequest>): Promise<void> {
    for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
      const { message } = next.value;
      session.received.push(message.case ?? 'none');
      if (message.case === 'heartbeat' && (this.options.answers ?? true)) {
        const epoch = BigInt(this.options.epoch ?? 1);
        const { sequence } = message.value;
        await session.send({
          case: 'heartbeatAck',
          value: { $typeName: 'headframe.v1.HeartbeatAck', sequence, epoch, atMs: BigInt(Date.now()) },
        });
      }
      if (message.case === 'reports') {
        const { sequence, reports } = message.value;
        session.batches.push({ sequence: Number(sequence), reports: reports.map(instanceReportFromWire) });
        if (this.options.acknowledges ?? true)
          await session.send({ case: 'reportsAck', value: { $typeName: 'headframe.v1.ReportsAck', sequence } });
      }
    }
  }

  async #readTunnel(
    incoming: AsyncIterable<TunnelRequest>,
    responses: StreamWriter<Outgoing<typeof TunnelResponseSchema>>,
    hangUp: () => void,
  ): Promise<void> {
    const received: TunnelRequest['message'][] = [];
    for await (const { message } of incoming) {
      if (message.case === 'hello') {
        const send = (answer: TunnelResponse['message']): Promise<void> =>
          responses.write(create(TunnelResponseSchema, { message: answer }));
        this.tunnels.push({ tunnelId: message.value.tunnelId, received, send, hangUp });
      } else {
        received.push(message);
      }
    }
  }
}

function workloadsOf(runs: readonly Assignment[]): ReturnType<typeof workloadToWire>[] {
  const workloads = new Map(runs.map(({ workload }) => [workload.id, workload]));
  return [...workloads.values()].map(workloadToWire);
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
