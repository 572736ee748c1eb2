import { create } from '@bufbuild/protobuf';
import {
  AcceptedSchema,
  AssignmentDeltaSchema,
  AssignmentSnapshotSchema,
  SessionResponseSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { SessionResponse, TunnelOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Outgoing, StreamWriter } from '../../common/rpc/index.js';
import { assignmentRunsToWire, stopRunsToWire, workloadToWire } from '../../common/wire/agent.js';
import type { FleetReader } from '../fleet/port.js';
import { HostDispatch } from './dispatch.js';
import type { HostChanges } from './host-changes.js';

/** What an accepted session is told about its terms. */
export interface SessionTerms {
  readonly heartbeatPeriodMs: number;
  readonly leaseMs: number;
  readonly usagePeriodMs: number;
  readonly coordinatorVersion: string;
}

/** Who opened a session. */
export interface SessionIdentity {
  readonly sessionId: string;
  readonly hostId: string;
  /** Drawn anew at each start of the agent. */
  readonly agentRunId: string;
}

/** One agent's session: what it is told goes out in order, and what it cannot take ends the session. */
export class HostSession {
  readonly identity: SessionIdentity;
  readonly #responses: StreamWriter<Outgoing<typeof SessionResponseSchema>>;
  readonly #fleet: FleetReader;
  readonly #dispatch: HostDispatch;
  readonly #end = new AbortController();
  #toldRevision = 0;
  #waiting: { readonly revision: number; readonly message: SessionResponse['message'] } | undefined;
  #begun = false;

  constructor(
    identity: SessionIdentity,
    fleet: FleetReader,
    responses: StreamWriter<Outgoing<typeof SessionResponseSchema>>,
  ) {
    this.identity = identity;
    this.#fleet = fleet;
    this.#responses = responses;
    this.#dispatch = new HostDispatch(identity.hostId, fleet);
  }

  /** Aborted when the session is over; the reason says why. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Accepts the agent and sends all it is to hold. */
  begin(terms: SessionTerms, durableRevision: number): void {
    const accepted = create(AcceptedSchema, {
      sessionId: this.identity.sessionId,
      epoch: BigInt(this.#fleet.epoch),
      heartbeatPeriodMs: terms.heartbeatPeriodMs,
      leaseMs: terms.leaseMs,
      usagePeriodMs: terms.usagePeriodMs,
      coordinatorVersion: terms.coordinatorVersion,
    });
    this.#send({ case: 'accepted', value: accepted });
    this.sendSnapshot(durableRevision);
  }

  /** Sends the complete assignments as soon as all of them are durable; deltas build on it. */
  sendSnapshot(durableRevision: number): void {
    const snapshot = this.#dispatch.snapshot();
    const revision = this.#fleet.revision;
    const value = create(AssignmentSnapshotSchema, {
      epoch: BigInt(this.#fleet.epoch),
      resultsIn: BigInt(revision),
      workloads: snapshot.workloads.map(workloadToWire),
      runs: assignmentRunsToWire(snapshot.runs),
      stops: stopRunsToWire(snapshot.stops),
      retained: snapshot.retained.map(BigInt),
    });
    this.#begun = true;
    this.#toldRevision = revision;
    this.#waiting = { revision, message: { case: 'snapshot', value } };
    this.#sendWaiting(durableRevision);
  }

  /** Takes note that this revision is durable and tells the agent what it changed for its host, if anything. */
  tell(revision: number, changes: HostChanges | undefined): void {
    this.#sendWaiting(revision);
    if (!this.#begun || changes === undefined || revision <= this.#toldRevision) return;
    const delta = this.#dispatch.delta(changes.changed, changes.removed);
    if (delta === undefined) return;
    const value = create(AssignmentDeltaSchema, {
      epoch: BigInt(this.#fleet.epoch),
      appliesTo: BigInt(this.#toldRevision),
      resultsIn: BigInt(revision),
      workloads: delta.workloads.map(workloadToWire),
      runs: assignmentRunsToWire(delta.runs),
      stops: stopRunsToWire(delta.stops),
      forget: delta.forget.map(BigInt),
    });
    this.#toldRevision = revision;
    this.#send({ case: 'delta', value });
  }

  /** Answers a heartbeat, which renews the agent's lease. */
  ackHeartbeat(sequence: bigint): void {
    this.#send({
      case: 'heartbeatAck',
      value: { $typeName: 'headframe.v1.HeartbeatAck', sequence, epoch: BigInt(this.#fleet.epoch) },
    });
  }

  /** Tells the agent that the reports up to this sequence are durable. */
  ackReports(sequence: bigint): void {
    this.#send({ case: 'reportsAck', value: { $typeName: 'headframe.v1.ReportsAck', sequence } });
  }

  /** Asks the agent to open a tunnel. Rejects when the session is over. */
  async order(tunnelId: string, purpose: TunnelOrder['purpose']): Promise<void> {
    const value = { $typeName: 'headframe.v1.TunnelOrder' as const, tunnelId, purpose };
    await this.#responses.write(create(SessionResponseSchema, { message: { case: 'tunnelOrder', value } }));
  }

  /** Ends the session; the agent sees the error as the call's status. */
  end(error: HeadframeError): void {
    this.#end.abort(error);
  }

  #sendWaiting(durableRevision: number): void {
    if (this.#waiting === undefined || durableRevision < this.#waiting.revision) return;
    this.#send(this.#waiting.message);
    this.#waiting = undefined;
  }

  #send(message: SessionResponse['message']): void {
    this.#responses.write(create(SessionResponseSchema, { message })).catch((error: unknown) => {
      if (!this.#responses.closed) this.end(slowAgent(error));
    });
  }
}

function slowAgent(cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'agent_reads_too_slowly',
    message: 'the agent did not read what it was sent',
    remedy: 'The agent connects again and gets a fresh snapshot.',
    cause,
  });
}
