import type { AgentService, SessionRequest, TunnelOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { CallContext, ServiceImplementation } from '../../common/rpc/index.js';
import { helloFromWire, instanceReportFromWire, usageFromWire } from '../../common/wire/agent.js';
import type { AgentHello } from '../../common/wire/agent.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreCommit } from '../store/store.js';
import { HostSession } from './host-session.js';
import type { SessionTerms } from './host-session.js';
import { admit } from './hello.js';
import type { LiveBoard } from './live-board.js';
import type { LivenessWatch } from './liveness-watch.js';
import { applyReports } from './reports.js';
import { TunnelBroker } from './tunnels.js';
import type { Tunnel, TunnelPurpose } from './tunnels.js';

/** The parts that sessions work with. */
export interface SessionsParts {
  readonly fleet: FleetPort;
  readonly board: LiveBoard;
  readonly liveness: LivenessWatch;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** An agent has this long to say hello. */
const HELLO_TIMEOUT_MS = 10_000;

/**
 * The coordinator's end of the agents' sessions: at most one per host. Agents hear of nothing that is not durable, and
 * their reports are acknowledged once they are.
 */
export class Sessions {
  readonly #parts: SessionsParts;
  readonly #terms: SessionTerms;
  readonly #sessions = new Map<string, HostSession>();
  readonly #tunnels: TunnelBroker;
  #durableRevision: number;

  constructor(parts: SessionsParts, terms: SessionTerms) {
    this.#parts = parts;
    this.#terms = terms;
    this.#tunnels = new TunnelBroker(parts);
    this.#durableRevision = parts.fleet.revision;
    parts.fleet.onDurable((commit) => {
      this.#durableRevision = commit.revision;
      for (const session of this.#sessions.values()) session.tell(commit);
      this.#endLost(commit);
    });
  }

  /** Whether an agent's session is open. */
  isConnected(hostId: string): boolean {
    return this.#sessions.has(hostId);
  }

  /** Ends the session of a host, if one is open. */
  disconnect(hostId: string, error: HeadframeError): void {
    this.#sessions.get(hostId)?.end(error);
  }

  /** Has a host open a tunnel. Throws `HeadframeError` (unavailable) when it has no session or does not open one. */
  openTunnel(hostId: string, purpose: TunnelPurpose, signal: AbortSignal): Promise<Tunnel> {
    const session = this.#sessions.get(hostId);
    if (session === undefined) return Promise.reject(notConnected(hostId));
    const order: TunnelOrder['purpose'] = purpose;
    return this.#tunnels.open(hostId, (tunnelId) => session.order(tunnelId, order), signal);
  }

  /** The gRPC service that agents call. */
  service(): ServiceImplementation<typeof AgentService> {
    return {
      session: {
        withWriter: async (incoming, responses, context) => {
          const requests = incoming[Symbol.asyncIterator]();
          const hello = await this.#awaitHello(requests, context);
          const session = new HostSession(
            { sessionId: this.#parts.newId(), hostId: hello.hostId, agentRunId: hello.agentRunId },
            this.#parts.fleet,
            responses,
          );
          await this.#serve(session, hello, requests, context);
        },
      },
      tunnel: {
        withWriter: async (incoming, responses, context) => {
          const requests = incoming[Symbol.asyncIterator]();
          const first = await requests.next();
          const hello = first.done === true ? undefined : first.value.message;
          if (hello?.case !== 'hello') throw firstMustBeHello();
          const rest = { [Symbol.asyncIterator]: () => requests };
          await this.#tunnels.accept(hello.value, rest, responses, context.signal);
        },
      },
    };
  }

  /** A host that counts as lost must come back by a new hello: its exclusive instances may be placed elsewhere. */
  #endLost(commit: StoreCommit): void {
    for (const change of commit.changes) {
      if (change.kind !== 'document' || change.table !== 'host') continue;
      if (this.#parts.fleet.host(change.key)?.state === 'lost') this.disconnect(change.key, leaseExpired());
    }
  }

  async #awaitHello(requests: AsyncIterator<SessionRequest>, context: CallContext): Promise<AgentHello> {
    const wait = new AbortController();
    const late = this.#parts.clock.sleep(HELLO_TIMEOUT_MS, AbortSignal.any([context.signal, wait.signal])).then(() => {
      throw new HeadframeError({ code: 'deadline_exceeded', reason: 'hello_missing', message: 'no hello in time' });
    });
    try {
      const first = await Promise.race([requests.next(), late]);
      const message = first.done === true ? undefined : first.value.message;
      if (message?.case !== 'hello') throw firstMustBeHello();
      return helloFromWire(message.value);
    } finally {
      wait.abort();
    }
  }

  async #serve(
    session: HostSession,
    hello: AgentHello,
    requests: AsyncIterator<SessionRequest>,
    context: CallContext,
  ): Promise<void> {
    const { hostId } = session.identity;
    const log = this.#parts.logger.child({ host: hostId, session: session.identity.sessionId });
    this.#replaceOlder(session);
    this.#sessions.set(hostId, session);
    this.#parts.liveness.heard(hostId);
    try {
      await this.#parts.fleet.transact((tx) => {
        admit(tx, hello);
      }).durable;
      session.begin(this.#terms, this.#durableRevision);
      log.info({ agent: hello.agentVersion, peer: context.peer }, 'agent connected');
      await this.#readUntilEnd(session, requests, context.signal);
    } finally {
      if (this.#sessions.get(hostId) === session) this.#sessions.delete(hostId);
      log.info('agent disconnected');
    }
  }

  /** The same agent process reconnecting takes over at once; another one only when the older has fallen silent. */
  #replaceOlder(session: HostSession): void {
    const { hostId, agentRunId } = session.identity;
    const older = this.#sessions.get(hostId);
    if (older === undefined) return;
    const silentMs = this.#parts.liveness.silentMs(hostId) ?? Infinity;
    const isOther = older.identity.agentRunId !== agentRunId;
    if (isOther && silentMs < 2 * this.#terms.heartbeatPeriodMs) throw hostIdInUse(hostId);
    older.end(
      new HeadframeError({ code: 'aborted', reason: 'session_replaced', message: 'a newer session replaced this one' }),
    );
  }

  async #readUntilEnd(
    session: HostSession,
    requests: AsyncIterator<SessionRequest>,
    callSignal: AbortSignal,
  ): Promise<void> {
    const over = new Promise<never>((_, reject) => {
      for (const signal of [session.signal, callSignal]) {
        signal.addEventListener(
          'abort',
          () => {
            reject(toError(signal.reason));
          },
          { once: true },
        );
      }
    });
    // The race below hears it; this keeps an abort between two races from counting as unhandled.
    over.catch(() => undefined);
    for (;;) {
      const next = await Promise.race([requests.next(), over]);
      if (next.done === true) return;
      this.#parts.liveness.heard(session.identity.hostId);
      this.#take(session, next.value.message);
    }
  }

  #take(session: HostSession, message: SessionRequest['message']): void {
    const { hostId } = session.identity;
    switch (message.case) {
      case 'heartbeat':
        session.ackHeartbeat(message.value.sequence);
        return;
      case 'reports':
        this.#takeReports(session, message.value);
        return;
      case 'usage':
        this.#parts.board.setUsage({ hostId, ...usageFromWire(message.value) });
        return;
      case 'snapshotRequest':
        this.#parts.logger.info({ host: hostId, reason: message.value.reason }, 'agent asks for a snapshot');
        session.sendSnapshot(this.#durableRevision);
        return;
      case 'hello':
      case undefined:
        throw new HeadframeError({
          code: 'invalid_argument',
          reason: 'unexpected_message',
          message: 'unexpected message in a session',
        });
    }
  }

  #takeReports(
    session: HostSession,
    message: { sequence: bigint; reports: Parameters<typeof instanceReportFromWire>[0][] },
  ): void {
    const { hostId } = session.identity;
    const reports = message.reports.map(instanceReportFromWire);
    for (const report of reports) this.#parts.board.setProgress(report.serial, report.progress);
    const { value: counts, durable } = this.#parts.fleet.transact((tx) => applyReports(tx, hostId, reports));
    if ((counts.get('foreign') ?? 0) + (counts.get('unknown') ?? 0) > 0) {
      this.#parts.logger.warn(
        { host: hostId, counts: Object.fromEntries(counts) },
        'reports of instances not assigned here',
      );
    }
    void durable.then(
      () => {
        session.ackReports(message.sequence);
      },
      // The store has failed for good: the coordinator is ending, and the agent will tell its successor.
      () => undefined,
    );
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function firstMustBeHello(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'hello_missing',
    message: 'the first message must be hello',
  });
}

function leaseExpired(): HeadframeError {
  return new HeadframeError({
    code: 'aborted',
    reason: 'lease_expired',
    message: 'the host lease expired: connect again',
  });
}

function notConnected(hostId: string): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'host_not_connected',
    message: `the agent on ${hostId} is not connected`,
    remedy: 'Check the agent on the host; headframe hosts ls shows when it was last seen.',
  });
}

function hostIdInUse(hostId: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'host_id_in_use',
    message: `another agent with host id ${hostId} is connected`,
    remedy: 'Give each agent its own data folder; remove agent.json from a copied one so that it draws a new id.',
  });
}
