import { create } from '@bufbuild/protobuf';
import {
  HeartbeatSchema,
  SessionRequestSchema,
  SnapshotRequestSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { SessionRequest, SessionResponse, TunnelOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Client, Outgoing, StreamWriter } from '../../common/rpc/index.js';
import { deltaFromWire, helloToWire, instanceReportsToWire, snapshotFromWire } from '../../common/wire/agent.js';
import type { AgentHello, InstanceReport } from '../../common/wire/agent.js';
import type { AgentState, HeldAssignments } from '../state/agent-state.js';
import { takeDelta, takeSnapshot } from './assignments.js';
import type { Taken } from './assignments.js';
import type { HostLease } from './host-lease.js';
import type { Outbox } from './outbox.js';

/** The parts one session works with. */
export interface SessionParts {
  readonly client: Client<typeof AgentService>;
  readonly state: AgentState;
  readonly lease: HostLease;
  readonly outbox: Outbox<InstanceReport>;
  /** Called with new assignments once they are on stable storage. */
  readonly onAssigned: (held: HeldAssignments) => void;
  /** Called when the coordinator wants a tunnel. */
  readonly onTunnelOrder: (order: TunnelOrder) => void;
  /** Called with the period of usage reports, in milliseconds, once the session is accepted. */
  readonly onAccepted: (terms: { readonly usagePeriodMs: number }) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

// At most this many instances in one message of reports, so that it stays far below the message limit.
const REPORTS_PER_MESSAGE = 500;
// Reports wait this long for company, except the first after a quiet time.
const REPORT_DELAY_MS = 20;
/** A coordinator that answers no heartbeat for this many periods is gone, whatever the connection says. */
const SILENT_PERIODS = 3;

type Requests = StreamWriter<Outgoing<typeof SessionRequestSchema>>;

/** One session with the coordinator, from hello to its end. Any failure ends it whole; a new one is made. */
export class Session {
  readonly #parts: SessionParts;
  readonly #requests: Requests;
  readonly #responses: AsyncIterable<SessionResponse>;
  readonly #cancel: () => void;
  readonly #sentAtBootMs = new Map<bigint, number>();
  #taking: Promise<void> = Promise.resolve();
  #heartbeatSequence = 0n;
  #leaseMs = 0;
  #flushScheduled = false;

  constructor(parts: SessionParts, signal: AbortSignal) {
    this.#parts = parts;
    const call = parts.client.session({ signal });
    this.#requests = call.requests;
    this.#responses = call.responses;
    this.#cancel = () => {
      call.cancel();
    };
  }

  /** Runs until the session ends; always throws, with why. */
  async run(hello: AgentHello): Promise<never> {
    const ended = new AbortController();
    try {
      await this.#requests.write(request({ case: 'hello', value: helloToWire(hello) }));
      for await (const response of this.#responses) this.#take(response.message, ended.signal);
      throw new HeadframeError({
        code: 'unavailable',
        reason: 'session_ended',
        message: 'the coordinator ended the session',
      });
    } finally {
      ended.abort();
      this.#cancel();
      this.#parts.outbox.sessionEnded();
      await this.#taking.catch(() => undefined);
    }
  }

  /** Sends waiting reports shortly. */
  flushSoon(): void {
    if (this.#flushScheduled || this.#requests.closed || this.#leaseMs === 0) return;
    this.#flushScheduled = true;
    this.#parts.clock.setTimer(() => {
      this.#flushScheduled = false;
      this.#flush();
    }, REPORT_DELAY_MS);
  }

  /** Sends a usage report if there is room; a late one is worth nothing. */
  sendUsage(usage: Extract<SessionRequest['message'], { case: 'usage' }>['value']): void {
    if (this.#leaseMs > 0) this.#requests.tryWrite(request({ case: 'usage', value: usage }));
  }

  #take(message: SessionResponse['message'], ended: AbortSignal): void {
    switch (message.case) {
      case 'accepted':
        this.#accepted(message.value, ended);
        return;
      case 'heartbeatAck':
        this.#renewLease(message.value);
        return;
      case 'snapshot': {
        const snapshot = snapshotFromWire(message.value);
        this.#takeInOrder((held) => takeSnapshot(held, snapshot));
        return;
      }
      case 'delta': {
        const value = message.value;
        this.#takeInOrder((held) => takeDelta(held, deltaFromWire(value, held)));
        return;
      }
      case 'reportsAck':
        this.#parts.outbox.acknowledge(Number(message.value.sequence));
        return;
      case 'tunnelOrder':
        this.#parts.onTunnelOrder(message.value);
        return;
      case undefined:
        // A newer coordinator's message that this agent does not know.
        return;
    }
  }

  #accepted(terms: Extract<SessionResponse['message'], { case: 'accepted' }>['value'], ended: AbortSignal): void {
    if (Number(terms.epoch) < this.#parts.state.held.epoch) throw staleEpoch();
    this.#leaseMs = terms.leaseMs;
    this.#parts.onAccepted({ usagePeriodMs: terms.usagePeriodMs });
    this.#flush();
    this.#beat(terms.heartbeatPeriodMs, ended).catch(() => {
      this.#cancel();
    });
  }

  async #beat(periodMs: number, ended: AbortSignal): Promise<void> {
    const over = (): boolean => ended.aborted;
    while (!over()) {
      if (this.#sentAtBootMs.size >= SILENT_PERIODS) throw silent();
      this.#heartbeatSequence += 1n;
      this.#sentAtBootMs.set(this.#heartbeatSequence, this.#parts.clock.bootMs());
      const value = create(HeartbeatSchema, { sequence: this.#heartbeatSequence });
      await this.#requests.write(request({ case: 'heartbeat', value }));
      await this.#parts.clock.sleep(periodMs, ended).catch(() => undefined);
    }
  }

  #renewLease(ack: { sequence: bigint; epoch: bigint }): void {
    if (Number(ack.epoch) < this.#parts.state.held.epoch) throw staleEpoch();
    const sentAtBootMs = this.#sentAtBootMs.get(ack.sequence);
    if (sentAtBootMs === undefined) return;
    // An answer to a later heartbeat answers the earlier ones, too.
    for (const sequence of this.#sentAtBootMs.keys()) if (sequence <= ack.sequence) this.#sentAtBootMs.delete(sequence);
    this.#parts.state.setLease(this.#parts.lease.renew(sentAtBootMs, this.#leaseMs));
  }

  /** Assignments are taken one after another, each on stable storage before it is acted on. */
  #takeInOrder(take: (held: HeldAssignments) => Taken): void {
    this.#taking = this.#taking.then(async () => {
      const taken = take(this.#parts.state.held);
      if (!taken.ok) {
        this.#refuse(taken.why);
        return;
      }
      await this.#parts.state.saveHeld(taken.held);
      this.#parts.onAssigned(taken.held);
    });
    this.#taking.catch((error: unknown) => {
      this.#parts.logger.error({ err: error }, 'assignments could not be taken');
      this.#cancel();
    });
  }

  #refuse(why: 'stale_epoch' | 'unknown_base'): void {
    if (why === 'stale_epoch') throw staleEpoch();
    this.#parts.logger.warn('a change of assignments builds on what this agent does not hold: asking for all of them');
    const value = create(SnapshotRequestSchema, { reason: why });
    this.#requests.write(request({ case: 'snapshotRequest', value })).catch(() => {
      this.#cancel();
    });
  }

  #flush(): void {
    for (;;) {
      const batch = this.#requests.closed ? undefined : this.#parts.outbox.take(REPORTS_PER_MESSAGE);
      if (batch === undefined) return;
      const value = instanceReportsToWire(batch.sequence, batch.items);
      this.#requests.write(request({ case: 'reports', value })).catch(() => {
        this.#cancel();
      });
    }
  }
}

function request(message: SessionRequest['message']): SessionRequest {
  return create(SessionRequestSchema, { message });
}

function staleEpoch(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'stale_epoch',
    message: 'this coordinator is older than one this agent has already obeyed',
    remedy: 'Point the agent at the newer coordinator.',
  });
}

function silent(): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'coordinator_silent',
    message: 'the coordinator answers no heartbeats',
  });
}
