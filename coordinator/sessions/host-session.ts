import { create } from '@bufbuild/protobuf';
import {
  AcceptedSchema,
  AssignmentDeltaSchema,
  AssignmentSnapshotSchema,
  HostOrderSchema,
  RebootOrderSchema,
  SessionResponseSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { AssignmentDelta, SessionResponse, TunnelOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { InstanceRecord } from '../../common/model/instance.js';
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
  /** Durable changes not told yet, the latest of each instance. */
  readonly #pending = new Map<number, { readonly record: InstanceRecord; readonly removed: boolean }>();
  #pendingRevision = 0;
  #telling = false;

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
    this.#pending.clear();
    this.#toldRevision = revision;
    this.#waiting = { revision, message: { case: 'snapshot', value } };
    this.#sendWaiting(durableRevision);
  }

  /**
   * Takes note that this revision is durable, and tells the agent what it changed for its host. While the agent is slow to
   * read, changes are merged: what waits for it is at most what its host holds.
   */
  tell(revision: number, changes: HostChanges | undefined): void {
    this.#sendWaiting(revision);
    if (!this.#begun || changes === undefined || revision <= this.#toldRevision) return;
    for (const record of changes.changed) this.#pending.set(record.serial, { record, removed: false });
    for (const record of changes.removed) this.#pending.set(record.serial, { record, removed: true });
    this.#pendingRevision = revision;
    if (!this.#telling) void this.#tellPending();
  }

  /** Answers a heartbeat, which renews the agent's lease. */
  ackHeartbeat(sequence: bigint, atMs: number): void {
    this.#send({
      case: 'heartbeatAck',
      value: { $typeName: 'headframe.v1.HeartbeatAck', sequence, epoch: BigInt(this.#fleet.epoch), atMs: BigInt(atMs) },
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

  /** Tells the agent to end this boot of its machine. */
  orderReboot(bootId: string): void {
    const order = { case: 'reboot', value: create(RebootOrderSchema, { bootId }) } as const;
    this.#send({ case: 'hostOrder', value: create(HostOrderSchema, { order }) });
  }

  /** Ends the session; the agent sees the error as the call's status. */
  end(error: HeadframeError): void {
    this.#end.abort(error);
  }

  async #tellPending(): Promise<void> {
    this.#telling = true;
    try {
      while (this.#pending.size > 0) {
        const value = this.#takeDelta();
        if (value === undefined) continue;
        await this.#responses.write(create(SessionResponseSchema, { message: { case: 'delta', value } }));
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#telling = false;
    }
  }

  /** Everything pending as one message; undefined when the agent need not hear of it. */
  #takeDelta(): AssignmentDelta | undefined {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    const changed = pending.filter(({ removed }) => !removed).map(({ record }) => record);
    const removed = pending.filter((change) => change.removed).map(({ record }) => record);
    const delta = this.#dispatch.delta(changed, removed);
    if (delta === undefined) return undefined;
    const appliesTo = this.#toldRevision;
    this.#toldRevision = this.#pendingRevision;
    return create(AssignmentDeltaSchema, {
      epoch: BigInt(this.#fleet.epoch),
      appliesTo: BigInt(appliesTo),
      resultsIn: BigInt(this.#toldRevision),
      workloads: delta.workloads.map(workloadToWire),
      runs: assignmentRunsToWire(delta.runs),
      stops: stopRunsToWire(delta.stops),
      forget: delta.forget.map(BigInt),
    });
  }

  #sendWaiting(durableRevision: number): void {
    if (this.#waiting === undefined || durableRevision < this.#waiting.revision) return;
    this.#send(this.#waiting.message);
    this.#waiting = undefined;
  }

  #send(message: SessionResponse['message']): void {
    this.#responses.write(create(SessionResponseSchema, { message })).catch((error: unknown) => {
      this.#failed(error);
    });
  }

  /** What cannot be sent over an open call ends the session; over a call that has ended it is no news. */
  #failed(error: unknown): void {
    if (!this.#responses.closed) this.end(slowAgent(error));
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
