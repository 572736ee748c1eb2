import { create } from '@bufbuild/protobuf';
import {
  HeartbeatSchema,
  SessionRequestSchema,
  SnapshotRequestSchema,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import type {
  Accepted,
  HeartbeatAck,
  SecretsRequest,
  SessionRequest,
  SessionResponse,
} from '../../common/gen/headframe/v1/agent_service_pb.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { HeadframeError } from '../../common/model/error.js';
import type { ReportedPlotFolder } from '../../common/model/plot-folder.js';
import type { Outgoing, StreamWriter } from '../../common/rpc/index.js';
import {
  deltaFromWire,
  helloToWire,
  hostHealthToWire,
  hostPlotFoldersToWire,
  instanceReportsToWire,
  snapshotFromWire,
  leaseTermsFromWire,
} from '../../common/wire/agent.js';
import type { AgentHello, HostHealth, InstanceReport } from '../../common/wire/agent.js';
import type { HeldAssignments } from '../state/agent-state.js';
import { takeDelta, takeSnapshot } from './assignments.js';
import type { Taken } from './assignments.js';
import { Intake } from './intake.js';
import type { SessionParts } from './session-parts.js';
import { ended, notAccepted, renewed, silent, staleEpoch } from './session-errors.js';

// At most this many instances in one message of reports, so that it stays far below the message limit.
const REPORTS_PER_MESSAGE = 500;
// Reports wait this long for company after others were sent; the first after a quiet time goes at once.
const REPORT_DELAY_MS = 20;
/** A coordinator that answers no heartbeat for this many periods is gone, whatever the connection says. */
const SILENT_PERIODS = 3;
/** A coordinator may have to write the new host down before it answers. */
const ACCEPT_TIMEOUT_MS = 20_000;
/** Whatever a coordinator asks for, nothing is sent more often. */
const SHORTEST_PERIOD_MS = 50;

type Requests = StreamWriter<Outgoing<typeof SessionRequestSchema>>;

/** One session with the coordinator, from hello to its end. Any failure ends it whole; a new one is made. */
export class Session {
  readonly #parts: SessionParts;
  readonly #requests: Requests;
  readonly #responses: AsyncIterable<SessionResponse>;
  readonly #cancel: () => void;
  readonly #ended = new AbortController();
  readonly #intake: Intake;
  readonly #sentAtBootMs = new Map<bigint, number>();
  #terms: Accepted | undefined;
  #failure: HeadframeError | undefined;
  #heartbeatSequence = 0n;
  #answeredAtMs = 0;
  /** When the first assignments of this session were taken in, on the boot clock. */
  #toldAtBootMs = Infinity;
  #flushedAtMs = -Infinity;
  #cancelFlush: (() => void) | undefined;

  constructor(parts: SessionParts, signal: AbortSignal) {
    this.#parts = parts;
    const call = parts.client.session({ signal });
    this.#requests = call.requests;
    this.#responses = call.responses;
    this.#cancel = () => {
      call.cancel();
    };
    const onGap = (): void => {
      this.#askForAll();
    };
    const onReport = (report: InstanceReport): void => {
      parts.outbox.put(report);
      this.flushSoon();
    };
    this.#intake = new Intake({ ...parts, onGap, onReport }, this.#ended.signal);
  }

  /** Runs until the session ends; always throws, with why. */
  async run(hello: AgentHello): Promise<never> {
    const stopWaiting = this.#parts.clock.setTimer(() => {
      if (this.#terms === undefined) this.#fail(notAccepted());
    }, ACCEPT_TIMEOUT_MS);
    try {
      await this.#requests.write(request({ case: 'hello', value: helloToWire(hello) }));
      for await (const response of this.#responses) this.#take(response.message);
      throw ended();
    } catch (error) {
      // A session that was given up here ends as cancelled; why it was says more.
      throw this.#failure ?? error;
    } finally {
      stopWaiting();
      this.#cancelFlush?.();
      this.#ended.abort();
      this.#cancel();
      this.#parts.outbox.sessionEnded();
      await this.#intake.settled();
    }
  }

  /** Sends waiting reports shortly. */
  flushSoon(): void {
    if (this.#cancelFlush !== undefined || this.#requests.closed || this.#terms === undefined) return;
    const quietMs = this.#parts.clock.monotonicMs() - this.#flushedAtMs;
    this.#cancelFlush = this.#parts.clock.setTimer(
      () => {
        this.#cancelFlush = undefined;
        this.#flush();
      },
      Math.max(0, REPORT_DELAY_MS - quietMs),
    );
  }

  /** Sends a usage report if there is room; a late one is worth nothing. */
  sendUsage(usage: Extract<SessionRequest['message'], { case: 'usage' }>['value']): void {
    if (this.#terms !== undefined) this.#requests.tryWrite(request({ case: 'usage', value: usage }));
  }

  /** Tells how the host is; false when the session is not accepted yet or has no room, and it has to be told later. */
  sendHostHealth(health: HostHealth): boolean {
    if (this.#terms === undefined) return false;
    return this.#requests.tryWrite(request({ case: 'hostConditions', value: hostHealthToWire(health) }));
  }

  /** Tells of the host's folders of plots; false when the session is not accepted yet or has no room, and it has to be told later. */
  sendPlotFolders(folders: readonly ReportedPlotFolder[]): boolean {
    if (this.#terms === undefined) return false;
    return this.#requests.tryWrite(request({ case: 'plotFolders', value: hostPlotFoldersToWire(folders) }));
  }

  /** Asks for secrets; false when the session is not accepted yet or has no room. */
  askSecrets(asked: SecretsRequest): boolean {
    return this.#terms !== undefined && this.#requests.tryWrite(request({ case: 'secretsRequest', value: asked }));
  }

  /** Ends the session, for there is something new to say in the hello of the next. */
  renew(): void {
    this.#fail(renewed());
  }

  /** Ends the session; the first reason is the one it ends with. */
  #fail(error: unknown): void {
    this.#failure ??= toHeadframeError(error);
    this.#cancel();
  }

  #take(message: SessionResponse['message']): void {
    switch (message.case) {
      case 'accepted':
        this.#accepted(message.value);
        return;
      case 'heartbeatAck':
        this.#renewLease(message.value);
        return;
      case 'snapshot': {
        const snapshot = snapshotFromWire(message.value);
        this.#takeIn((held) => takeSnapshot(held, snapshot));
        return;
      }
      case 'delta': {
        const value = message.value;
        this.#takeIn((held) => takeDelta(held, deltaFromWire(value, held)));
        return;
      }
      case 'reportsAck':
        this.#parts.outbox.acknowledge(Number(message.value.sequence));
        this.flushSoon();
        return;
      case 'tunnelOrder':
        this.#parts.onTunnelOrder(message.value);
        return;
      case 'hostOrder':
        this.#parts.onHostOrder?.(message.value);
        return;
      case 'secretsAnswer':
      case 'secretsChanged':
        this.#parts.onSecrets?.(message);
        return;
      case 'leaseTerms':
        this.#parts.onLeaseTerms?.(leaseTermsFromWire(message.value));
        return;
      case 'coordinators':
        this.#parts.onCoordinators?.(message.value.addresses);
        return;
      case undefined:
        // A newer coordinator's message that this agent does not know.
        return;
    }
  }

  #accepted(terms: Accepted): void {
    if (Number(terms.epoch) < this.#parts.state.held.epoch) throw staleEpoch();
    if (this.#terms !== undefined) return;
    this.#terms = terms;
    this.#parts.onAccepted({ usagePeriodMs: Math.max(SHORTEST_PERIOD_MS, terms.usagePeriodMs) });
    this.flushSoon();
    this.#beat(Math.max(SHORTEST_PERIOD_MS, terms.heartbeatPeriodMs)).catch((error: unknown) => {
      this.#fail(error);
    });
  }

  async #beat(periodMs: number): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#ended;
    const over = (): boolean => signal.aborted;
    this.#answeredAtMs = clock.monotonicMs();
    while (!over()) {
      if (clock.monotonicMs() - this.#answeredAtMs >= SILENT_PERIODS * periodMs) throw silent();
      this.#sendHeartbeat();
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  /** One that finds no room is left out: a coordinator that does not read is silent, too. */
  #sendHeartbeat(): void {
    const sequence = this.#heartbeatSequence + 1n;
    const sentAtBootMs = this.#parts.clock.bootMs();
    if (!this.#requests.tryWrite(request({ case: 'heartbeat', value: create(HeartbeatSchema, { sequence }) }))) return;
    this.#heartbeatSequence = sequence;
    this.#sentAtBootMs.set(sequence, sentAtBootMs);
  }

  #renewLease(ack: Pick<HeartbeatAck, 'sequence' | 'epoch' | 'atMs'>): void {
    if (Number(ack.epoch) < this.#parts.state.held.epoch) throw staleEpoch();
    const sentAtBootMs = this.#sentAtBootMs.get(ack.sequence);
    if (sentAtBootMs === undefined) return;
    this.#answeredAtMs = this.#parts.clock.monotonicMs();
    this.#compareClocks(sentAtBootMs, Number(ack.atMs));
    // An answer to a later heartbeat answers the earlier ones, too.
    for (const sequence of this.#sentAtBootMs.keys()) if (sequence <= ack.sequence) this.#sentAtBootMs.delete(sequence);
    const renewed = this.#parts.lease.renew(sentAtBootMs, this.#terms?.leaseMs ?? 0, this.#toldAtBootMs);
    if (renewed === undefined) return;
    this.#parts.state.setLease(renewed);
    this.#parts.onLeaseRenewed(renewed);
  }

  /** An older coordinator tells no time. */
  #compareClocks(sentAtBootMs: number, theirsMs: number): void {
    const { clock, onClock } = this.#parts;
    const roundTripMs = clock.bootMs() - sentAtBootMs;
    if (theirsMs > 0) onClock?.({ skewMs: clock.nowMs() - roundTripMs / 2 - theirsMs, roundTripMs });
  }

  #takeIn(take: (held: HeldAssignments) => Taken): void {
    this.#intake.take(take).then(
      () => {
        this.#told();
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  /** A lease that had run out comes back by the next heartbeat, so that one goes at once. */
  #told(): void {
    if (this.#toldAtBootMs !== Infinity) return;
    this.#toldAtBootMs = this.#parts.clock.bootMs();
    if (this.#parts.lease.leftMs() === 0 && !this.#ended.signal.aborted) this.#sendHeartbeat();
  }

  #askForAll(): void {
    this.#parts.logger.warn('a change of assignments builds on what this agent does not hold: asking for all of them');
    this.#send({ case: 'snapshotRequest', value: create(SnapshotRequestSchema, { reason: 'unknown_base' }) });
  }

  #flush(): void {
    this.#flushedAtMs = this.#parts.clock.monotonicMs();
    try {
      for (;;) {
        const batch = this.#requests.closed ? undefined : this.#parts.outbox.take(REPORTS_PER_MESSAGE);
        if (batch === undefined) return;
        this.#send({ case: 'reports', value: instanceReportsToWire(batch.sequence, batch.items) });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #send(message: SessionRequest['message']): void {
    this.#requests.write(request(message)).catch((error: unknown) => {
      this.#fail(error);
    });
  }
}

function request(message: SessionRequest['message']): SessionRequest {
  return create(SessionRequestSchema, { message });
}
