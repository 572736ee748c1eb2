import { create } from '@bufbuild/protobuf';
import {
  AcceptedSchema,
  HostOrderSchema,
  KnownCoordinatorsSchema,
  RebootOrderSchema,
  SecretsAnswerSchema,
  SecretsChangedSchema,
  RenewCertificateOrderSchema,
  SessionResponseSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { InstanceSecrets, SessionResponse, TunnelOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { InstanceRecord, InstanceState } from '../../common/model/instance.js';
import type { Outgoing } from '../../common/rpc/index.js';
import {
  encodeDelta,
  encodeHeartbeatAck,
  encodeReportsAck,
  encodeSnapshot,
  leaseTermsToWire,
} from '../../common/wire/agent.js';
import type { LeaseTerm } from '../../common/wire/agent.js';
import type { FleetReader } from '../fleet/port.js';
import { recordAt } from '../instances/instance-rows.js';
import type { InstanceRows } from '../instances/instance-rows.js';
import { HostDispatch } from './dispatch.js';
import type { HostChanges } from './host-changes.js';
import type { Said } from './said-by-leader.js';
import { slowAgent } from './session-errors.js';

/** What an accepted session is told about its terms. */
export interface SessionTerms {
  readonly heartbeatPeriodMs: number;
  readonly leaseMs: number;
  readonly usagePeriodMs: number;
  readonly coordinatorVersion: string;
}

/** Rows that wait as they came; beyond these the latest of each instance is enough. */
const MOST_ROWS = 4_096;

/** Answers the terms of the leases on a host. */
export type HostTerms = (hostId: string) => readonly LeaseTerm[];

type Response = Outgoing<typeof SessionResponseSchema>;

/** Who opened a session. */
export interface SessionIdentity {
  readonly sessionId: string;
  readonly hostId: string;
  /** Drawn anew at each start of the agent. */
  readonly agentRunId: string;
  /** Address and port that it calls from. */
  readonly peer: string;
  /** What its certificate has proven; undefined where it speaks in clear. */
  readonly proof: { readonly credential: string; readonly peer: string } | undefined;
}

/** One agent's session: what it is told goes out in order, and what it cannot take ends the session. */
export class HostSession {
  readonly identity: SessionIdentity;
  readonly #responses: Said<Response>;
  readonly #fleet: FleetReader;
  readonly #dispatch: HostDispatch;
  readonly #termsOf: HostTerms;
  readonly #end = new AbortController();
  #toldRevision = 0;
  #waiting: { readonly revision: number; readonly message: Response } | undefined;
  #begun = false;
  /** Durable changes not told yet, the latest of each instance. */
  readonly #pending = new Map<number, { readonly record: InstanceRecord; readonly removed: boolean }>();
  /** Rows that came after those; no records are made of them before they are told, for by then there may be a million. */
  #rows: InstanceRows[] = [];
  #rowCount = 0;
  #pendingRevision = 0;
  #telling = false;
  /** Whether the agent knows of terms that it may have to forget. */
  #hasTerms = false;

  constructor(identity: SessionIdentity, fleet: FleetReader, responses: Said<Response>, termsOf: HostTerms = () => []) {
    this.identity = identity;
    this.#fleet = fleet;
    this.#responses = responses;
    this.#termsOf = termsOf;
    this.#dispatch = new HostDispatch(identity.hostId, fleet);
  }

  /** Where its agent calls from; the port is another one each time. */
  get address(): string {
    return this.identity.peer.replace(/:\d+$/, '');
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
    const message = encodeSnapshot({ epoch: this.#fleet.epoch, resultsIn: revision, ...snapshot });
    this.#begun = true;
    this.#clearPending();
    this.#toldRevision = revision;
    this.#waiting = { revision, message };
    this.sendWaiting(durableRevision);
  }

  /** Whether a snapshot waits until all in it is durable. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Sends the snapshot that waits, if all in it is durable by now. */
  sendWaiting(durableRevision: number): void {
    if (this.#waiting === undefined || durableRevision < this.#waiting.revision) return;
    this.#write(this.#waiting.message);
    this.#waiting = undefined;
    this.tellLeaseTerms();
  }

  /**
   * Takes note of what a durable commit changed for the host; true when the agent is to be told by `flush`. Until then
   * changes are merged: what waits for an agent is at most what its host holds.
   */
  note(revision: number, changes: HostChanges): boolean {
    if (!this.#begun || revision <= this.#toldRevision) return false;
    if (changes.changed.length + changes.removed.length > 0) this.#foldRows();
    for (const record of changes.changed)
      if (this.#isNews(record.serial, record.state)) this.#pending.set(record.serial, { record, removed: false });
    for (const rows of changes.rows) this.#noteRows(rows);
    for (const record of changes.removed) this.#pending.set(record.serial, { record, removed: true });
    this.#pendingRevision = revision;
    return this.#hasPending && !this.#telling;
  }

  /** Tells the agent what was noted, and what is noted while it is slow to read. */
  flush(): void {
    if (!this.#telling) void this.#tellPending();
  }

  /** Answers a heartbeat, which renews the agent's lease. */
  ackHeartbeat(sequence: number, atMs: number): void {
    this.#write(encodeHeartbeatAck({ sequence, epoch: this.#fleet.epoch, atMs }));
  }

  /** Tells the agent that the reports up to this sequence are durable. */
  ackReports(sequence: number): void {
    this.#write(encodeReportsAck(sequence));
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

  /** Hands the agent secrets of one instance; resolves once there is room for more. Rejects when the call has ended. */
  async giveSecrets(instance: InstanceSecrets): Promise<void> {
    const value = create(SecretsAnswerSchema, { instance });
    await this.#responses.write(create(SessionResponseSchema, { message: { case: 'secretsAnswer', value } }));
  }

  /** Tells the agent that secrets of these instances have new values. */
  tellSecretsChanged(serials: readonly number[]): void {
    this.#send({ case: 'secretsChanged', value: create(SecretsChangedSchema, { serials: serials.map(BigInt) }) });
  }

  /** Tells the agent how long its leases last still. */
  tellLeaseTerms(): void {
    if (!this.#begun || this.isWaiting) return;
    const terms = this.#termsOf(this.identity.hostId);
    if (terms.length > 0 || this.#hasTerms) this.#send({ case: 'leaseTerms', value: leaseTermsToWire(terms) });
    this.#hasTerms = terms.length > 0;
  }

  /** Tells the agent where the coordinators of the cluster are. */
  tellCoordinators(addresses: readonly string[]): void {
    this.#send({ case: 'coordinators', value: create(KnownCoordinatorsSchema, { addresses: [...addresses] }) });
  }

  /** Tells the agent to ask for its next certificate now. */
  orderRenewal(): void {
    const order = { case: 'renewCertificate', value: create(RenewCertificateOrderSchema) } as const;
    this.#send({ case: 'hostOrder', value: create(HostOrderSchema, { order }) });
  }

  /** Ends the session; the agent sees the error as the call's status. */
  end(error: HeadframeError): void {
    this.#end.abort(error);
  }

  /** Most rows are what the agent itself reported: those are not kept. */
  #noteRows(rows: InstanceRows): void {
    if (!rows.serials.some((serial, row) => this.#isNews(serial, stateAt(rows, row)))) return;
    this.#rows.push(rows);
    this.#rowCount += rows.serials.length;
    if (this.#rowCount > MOST_ROWS) this.#foldRows();
  }

  /** Makes the latest of each instance of the rows that wait. */
  #foldRows(): void {
    for (const rows of this.#rows)
      for (const [row, serial] of rows.serials.entries())
        if (this.#isNews(serial, stateAt(rows, row)))
          this.#pending.set(serial, { record: recordAt(rows, row), removed: false });
    this.#rows = [];
    this.#rowCount = 0;
  }

  get #hasPending(): boolean {
    return this.#pending.size > 0 || this.#rows.length > 0;
  }

  #clearPending(): void {
    this.#pending.clear();
    this.#rows = [];
    this.#rowCount = 0;
  }

  #isNews(serial: number, state: InstanceState): boolean {
    return this.#dispatch.isNews(serial, state) || this.#pending.has(serial);
  }

  async #tellPending(): Promise<void> {
    this.#telling = true;
    try {
      while (this.#hasPending) {
        this.#foldRows();
        const message = this.#takeDelta();
        if (message !== undefined) await this.#responses.write(message);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#telling = false;
    }
  }

  /** Everything pending as one message; undefined when the agent need not hear of it. */
  #takeDelta(): Response | undefined {
    const [changed, removed]: [InstanceRecord[], InstanceRecord[]] = [[], []];
    for (const change of this.#pending.values()) (change.removed ? removed : changed).push(change.record);
    this.#clearPending();
    const delta = this.#dispatch.delta(changed, removed);
    if (delta === undefined) return undefined;
    const appliesTo = this.#toldRevision;
    this.#toldRevision = this.#pendingRevision;
    return encodeDelta({ epoch: this.#fleet.epoch, appliesTo, resultsIn: this.#toldRevision, ...delta });
  }

  #send(message: SessionResponse['message']): void {
    this.#write(create(SessionResponseSchema, { message }));
  }

  #write(message: Response): void {
    this.#responses.write(message).catch((error: unknown) => {
      this.#failed(error);
    });
  }

  /** What cannot be sent over an open call ends the session; over a call that has ended it is no news. */
  #failed(error: unknown): void {
    if (this.#responses.closed) return;
    this.end(error instanceof HeadframeError && error.reason === 'not_leader' ? error : slowAgent(error));
  }
}

function stateAt({ like, columns }: InstanceRows, row: number): InstanceState {
  return columns.state?.[row] ?? like.state;
}
