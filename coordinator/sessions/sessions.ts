import type { AgentService } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { HeadframeError } from '../../common/model/error.js';
import { reading } from '../../common/rpc/index.js';
import type { CallContext, ServiceImplementation } from '../../common/rpc/index.js';
import { helloFromWire, readAgentWord } from '../../common/wire/agent.js';
import type { AgentHello, AgentWord } from '../../common/wire/agent.js';
import type { StoreCommit } from '../store/store.js';
import { admit } from './hello.js';
import { changesByHost } from './host-changes.js';
import { HostSession } from './host-session.js';
import type { HostTerms, SessionTerms } from './host-session.js';
import { leaseHostsIn } from './lease-hosts.js';
import type { LivenessWatch } from './liveness-watch.js';
import type { ReportVerdict } from './reports.js';
import { Pace } from './pace.js';
import { firstMustBeHello, helloLate, hostIdInUse, hostMismatch, leaseExpired } from './session-errors.js';
import { hostRemoved, notConnected, sessionReplaced } from './session-errors.js';
import { saidByLeader } from './said-by-leader.js';
import { SessionInbox } from './session-inbox.js';
import type { InboxParts } from './session-inbox.js';
import { TunnelBroker } from './tunnels.js';
import type { Tunnel, TunnelPurpose } from './tunnels.js';
import { Turns } from './turns.js';
import { untilAborted } from './until.js';

/** The parts that sessions work with. */
export interface SessionsParts extends InboxParts {
  readonly liveness: LivenessWatch;
  readonly newId: () => string;
  /** Whether places are being given: more is about to come for the hosts that wait to hear of theirs. */
  readonly isPlacing: () => boolean;
  /** Who hands out what images are built of; rejects for a host that needs it not. */
  readonly contents: { fetch(hostId: string, digest: string): AsyncIterable<Uint8Array> };
  /** The terms of the leases on a host; none when left out. */
  readonly leaseTerms?: HostTerms | undefined;
  /** Why nothing may be told at this moment; undefined while it may, and when left out. */
  readonly refusal?: (() => HeadframeError | undefined) | undefined;
  /** Told of an agent that speaks for a host that is not its own. */
  readonly onRefused?: ((context: CallContext, hostId: string, error: HeadframeError) => void) | undefined;
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
  readonly #inbox: SessionInbox;
  readonly #tunnels: TunnelBroker;
  readonly #tellings: Turns<HostSession>;
  readonly #pace: Pace<HostSession>;
  /** Those whose snapshot waits until it is durable. */
  readonly #unsent = new Set<HostSession>();
  #durableRevision: number;

  /** To be made while all that the fleet holds is durable, as after it was opened. */
  constructor(parts: SessionsParts, terms: SessionTerms) {
    this.#parts = parts;
    this.#terms = terms;
    this.#inbox = new SessionInbox(parts);
    this.#tunnels = new TunnelBroker(parts);
    this.#tellings = new Turns(parts, (session) => {
      session.flush();
    });
    this.#pace = new Pace({
      clock: parts.clock,
      isMoreComing: parts.isPlacing,
      release: (session) => {
        this.#tellings.add(session);
      },
    });
    this.#durableRevision = parts.fleet.revision;
    parts.fleet.onDurable((commit) => {
      this.#durableRevision = commit.revision;
      this.#tell(commit);
      this.#endGone(commit);
      for (const hostId of leaseHostsIn(commit)) this.#sessions.get(hostId)?.tellLeaseTerms();
      for (const [hostId, serials] of parts.secrets?.concernedBy(commit) ?? [])
        this.#sessions.get(hostId)?.tellSecretsChanged(serials);
      for (const change of commit.changes)
        if (change.kind === 'instanceRemoved') parts.board.setProgress(change.serial, undefined);
    });
  }

  /** Number of open sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Reports since the start, by what became of them. */
  get reportCounts(): ReadonlyMap<ReportVerdict, number> {
    return this.#inbox.reportCounts;
  }

  /** Whether an agent's session is open. */
  isConnected(hostId: string): boolean {
    return this.#sessions.has(hostId);
  }

  /** The address that a host's agent calls from; undefined when it is not connected. */
  addressOf(hostId: string): string | undefined {
    return this.#sessions.get(hostId)?.address;
  }

  /** Tells a host's agent to end this boot of the machine; nothing happens when it is not connected. */
  orderReboot(hostId: string, bootId: string): void {
    this.#sessions.get(hostId)?.orderReboot(bootId);
  }

  /** Tells a host's agent to ask for its next certificate now; false when it is not connected. */
  orderRenewal(hostId: string): boolean {
    const session = this.#sessions.get(hostId);
    session?.orderRenewal();
    return session !== undefined;
  }

  /** Has a host open a tunnel. Throws `HeadframeError` (unavailable) when it has no session or does not open one. */
  async openTunnel(hostId: string, purpose: TunnelPurpose, signal: AbortSignal): Promise<Tunnel> {
    const session = this.#sessions.get(hostId);
    if (session === undefined) throw notConnected(hostId);
    const either = AbortSignal.any([signal, session.signal]);
    return this.#tunnels.open(hostId, (tunnelId) => session.order(tunnelId, purpose), either);
  }

  /** The gRPC service that agents call. */
  service(): ServiceImplementation<typeof AgentService> {
    return {
      session: reading(readAgentWord, async (incoming, responses, context) => {
        const requests = incoming[Symbol.asyncIterator]();
        const hello = await this.#awaitHello(requests, context);
        const { hostId, agentRunId } = hello;
        this.#checkHost(hostId, context);
        const { peer, caller } = context;
        const { credential, hostId: certified } = caller;
        const proof = certified === hostId ? { credential, peer } : undefined;
        const { fleet, leaseTerms, refusal, newId } = this.#parts;
        const identity = { sessionId: newId(), hostId, agentRunId, peer, proof };
        const session = new HostSession(identity, fleet, saidByLeader(responses, refusal), leaseTerms);
        await this.#serve(session, hello, requests, context);
      }),
      tunnel: {
        withWriter: async (incoming, responses, context) => {
          const requests = incoming[Symbol.asyncIterator]();
          const first = await requests.next();
          const hello = first.done === true ? undefined : first.value.message;
          if (hello?.case !== 'hello') throw firstMustBeHello();
          this.#checkHost(hello.value.hostId, context);
          await this.#tunnels.accept(hello.value, { [Symbol.asyncIterator]: () => requests }, responses);
        },
      },
      fetchContent: ({ hostId, digest }, context) => this.#fetch(hostId, digest, context),
    };
  }

  async *#fetch(hostId: string, digest: string, context: CallContext): AsyncGenerator<{ data: Uint8Array }> {
    this.#checkHost(hostId, context);
    for await (const data of this.#parts.contents.fetch(hostId, digest)) yield { data };
  }

  /** An agent speaks for the host that its certificate is for, and for no other. */
  #checkHost(hostId: string, context: CallContext): void {
    const certified = context.caller.hostId;
    if (certified === undefined || certified === hostId) return;
    const error = hostMismatch(hostId, certified);
    this.#parts.onRefused?.(context, hostId, error);
    throw error;
  }

  /** Only sessions that a commit is about are looked at: there are ten thousand of them, and as many commits a second. */
  #tell(commit: StoreCommit): void {
    for (const session of this.#unsent) {
      session.sendWaiting(commit.revision);
      if (!session.isWaiting) this.#unsent.delete(session);
    }
    const noted: HostSession[] = [];
    for (const [hostId, changes] of changesByHost(commit)) {
      const session = this.#sessions.get(hostId);
      if (session?.note(commit.revision, changes) === true) noted.push(session);
    }
    this.#pace.add(noted);
  }

  /** A host that counts as lost must come back by a new hello: its exclusive instances may be placed elsewhere. */
  #endGone(commit: StoreCommit): void {
    for (const change of commit.changes) {
      if (change.kind !== 'document' && change.kind !== 'documentRemoved') continue;
      if (change.table !== 'host') continue;
      const host = this.#parts.fleet.host(change.key);
      if (host?.state === 'lost') this.#end(change.key, leaseExpired());
      if (host !== undefined) continue;
      this.#end(change.key, hostRemoved());
      this.#parts.board.forgetHost(change.key);
      this.#parts.liveness.forget(change.key);
    }
  }

  #end(hostId: string, error: HeadframeError): void {
    this.#sessions.get(hostId)?.end(error);
  }

  async #awaitHello(requests: AsyncIterator<AgentWord>, context: CallContext): Promise<AgentHello> {
    const wait = new AbortController();
    const late = this.#parts.clock.sleep(HELLO_TIMEOUT_MS, AbortSignal.any([context.signal, wait.signal])).then(() => {
      throw helloLate();
    });
    try {
      const first = await Promise.race([requests.next(), late]);
      const word = first.done === true ? undefined : first.value;
      if (word?.case !== 'hello') throw firstMustBeHello();
      return helloFromWire(word.value);
    } finally {
      wait.abort();
    }
  }

  async #serve(
    session: HostSession,
    hello: AgentHello,
    requests: AsyncIterator<AgentWord>,
    context: CallContext,
  ): Promise<void> {
    const { hostId, sessionId } = session.identity;
    const log = this.#parts.logger.child({ host: hostId, session: sessionId });
    const admitted = this.#admit(session, hello, context.caller.credential);
    try {
      await untilAborted(admitted, session.signal);
      session.begin(this.#terms, this.#durableRevision);
      if (session.isWaiting) this.#unsent.add(session);
      log.info({ agent: hello.agentVersion, peer: context.peer }, 'agent connected');
      // One wait for the whole session: a wait for each message would cost more than most messages do.
      await untilAborted(this.#readUntilEnd(session, requests), session.signal);
    } finally {
      this.#leave(session, context);
      log.info('agent disconnected');
    }
  }

  /** Makes this the host's session at once; the answer resolves when the host's record is durable. */
  #admit(session: HostSession, hello: AgentHello, credential: string): Promise<void> {
    const { hostId } = session.identity;
    this.#checkSecondAgent(session);
    const { durable } = this.#parts.fleet.transact((tx) => {
      admit(tx, hello, tx.credential(credential)?.labels);
    });
    this.#end(hostId, sessionReplaced());
    this.#sessions.set(hostId, session);
    this.#parts.liveness.heard(hostId);
    return durable;
  }

  /** The same agent process reconnecting takes over at once; another one only when the older has fallen silent. */
  #checkSecondAgent({ identity: { hostId, agentRunId } }: HostSession): void {
    const older = this.#sessions.get(hostId);
    if (older === undefined || older.identity.agentRunId === agentRunId) return;
    const silentMs = this.#parts.liveness.silentMs(hostId) ?? Infinity;
    if (silentMs < 2 * this.#terms.heartbeatPeriodMs) throw hostIdInUse(hostId);
  }

  #leave(session: HostSession, context: CallContext): void {
    const { hostId } = session.identity;
    this.#unsent.delete(session);
    this.#tellings.remove(session);
    this.#pace.remove(session);
    if (this.#sessions.get(hostId) !== session) return;
    this.#sessions.delete(hostId);
    // A coordinator that goes away has not lost its hosts.
    if (!isReason(context.signal.reason, 'server_shutting_down')) this.#parts.liveness.left(hostId);
  }

  async #readUntilEnd(session: HostSession, requests: AsyncIterator<AgentWord>): Promise<void> {
    for (;;) {
      const next = await requests.next();
      if (next.done === true || session.signal.aborted) return;
      this.#parts.liveness.heard(session.identity.hostId);
      await this.#inbox.take(session, next.value, this.#durableRevision);
      if (session.isWaiting) this.#unsent.add(session);
    }
  }
}

function isReason(error: unknown, reason: string): boolean {
  return typeof error === 'object' && error !== null && 'reason' in error && error.reason === reason;
}
