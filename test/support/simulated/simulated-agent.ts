import { toBinary } from '@bufbuild/protobuf';
import type { SecureContext } from 'node:tls';
import { SessionRequestSchema } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import { helloToWire } from '../../../common/wire/agent.js';
import type { Certificates } from '../../../common/rpc/index.js';
import type { AgentHello } from '../../../common/wire/agent.js';
import { heartbeatMessage, readWord, reportsMessage, snapshotRequestMessage } from './agent-messages.js';
import type { CoordinatorWord, SerialRun, SimpleReport } from './agent-messages.js';
import { GrpcStream, proofBy } from './grpc-stream.js';

type Assignments = Extract<CoordinatorWord, { readonly kind: 'snapshot' | 'delta' }>;

const PATH = '/headframe.v1.AgentService/Session';
/** As real agents send them: reports in one message, and messages on their way. */
const REPORTS_PER_MESSAGE = 500;
const MOST_SENT = 16;
/** Without a word for so long, while heartbeats are sent, whoever is called is gone. Longer than the slowest of machines is silent. */
const SILENCE_MS = 60_000;

/** What is known here of an instance that is held. */
type Held = 'unsaid' | 'said' | 'acknowledged';

/** What a simulated agent tells of itself. */
export interface AgentListener {
  accepted(agent: SimulatedAgent, terms: { readonly heartbeatMs: number; readonly usageMs: number }): void;
  ended(agent: SimulatedAgent, end: { readonly why: string; readonly wasAccepted: boolean }): void;
  count(figure: 'synced' | 'running' | 'starts' | 'drops' | 'deltas' | 'batches' | 'gaps', by: number): void;
  /** Has the agent's reports sent a little later, together with others. */
  flushSoon(agent: SimulatedAgent): void;
}

/**
 * An agent without an engine: what it is told to run, runs at once. It keeps to the protocol: it holds what it was told
 * over reconnects, reports until acknowledged, tells all it holds to a new session, and asks again after a gap.
 */
export class SimulatedAgent {
  readonly #world: AgentListener;
  readonly #hello: AgentHello;
  readonly #held = new Map<number, Held>();
  readonly #pending = new Map<number, SimpleReport>();
  readonly #sent = new Map<number, readonly SimpleReport[]>();
  readonly #startedAtMs = Date.now();
  #stream: GrpcStream | undefined;
  #proof: SecureContext | undefined;
  #accepted = false;
  #synced = false;
  #frozen = false;
  #epoch = 0;
  #revision = 0;
  #sequence = 0;
  #beats = 0;
  #heardAtMs = 0;

  constructor(world: AgentListener, hello: AgentHello) {
    this.#world = world;
    this.#hello = hello;
  }

  get hostId(): string {
    return this.#hello.hostId;
  }

  /** Proves itself by these from the next connection on; until then it speaks in clear. */
  prove(certificates: Certificates): void {
    this.#proof = proofBy(certificates);
  }

  get connected(): boolean {
    return this.#stream !== undefined;
  }

  /** Opens a session; its end is told to the simulation, which decides what comes then. */
  connect(address: string): void {
    this.#frozen = false;
    const events = {
      onMessage: (message: Uint8Array) => {
        this.#heardAtMs = performance.now();
        if (!this.#frozen) this.#take(readWord(message));
      },
      onEnd: (why: string) => {
        this.#ended(why);
      },
    };
    this.#stream = new GrpcStream(address, PATH, events, { proof: this.#proof });
    const said = { held: [...this.#held.keys()], epoch: this.#epoch, assignmentRevision: this.#revision };
    const value = helloToWire({ ...this.#hello, ...said });
    this.#stream.send(
      toBinary(SessionRequestSchema, {
        $typeName: 'headframe.v1.SessionRequest',
        message: { case: 'hello', value },
      }),
    );
  }

  /** Breaks the connection. */
  disconnect(): void {
    this.#stream?.close();
  }

  /** Sends a last heartbeat and falls silent with its connection open, as a host cut off does. */
  freeze(): void {
    this.beat();
    this.#frozen = true;
  }

  beat(): void {
    if (!this.#accepted || this.#frozen) return;
    if (performance.now() - this.#heardAtMs > SILENCE_MS) this.disconnect();
    this.#beats += 1;
    this.#stream?.send(heartbeatMessage(this.#beats));
  }

  sendUsage(message: (serials: Iterable<number>) => Uint8Array): void {
    if (this.#accepted && !this.#frozen) this.#stream?.send(message(this.#held.keys()));
  }

  /** Sends what waits to be reported. */
  flush(): void {
    while (this.#accepted && this.#pending.size > 0 && this.#sent.size < MOST_SENT) {
      const batch = [...this.#pending.values()].slice(0, REPORTS_PER_MESSAGE);
      for (const { serial } of batch) this.#pending.delete(serial);
      this.#sequence += 1;
      this.#world.count('batches', 1);
      this.#sent.set(this.#sequence, batch);
      this.#stream?.send(reportsMessage(this.#sequence, batch, this.#startedAtMs));
    }
  }

  #take(word: CoordinatorWord): void {
    if (word.kind === 'accepted') this.#accept(word);
    else if (word.kind === 'reportsAck') this.#acknowledge(word.sequence);
    else if (word.kind === 'snapshot') this.#takeSnapshot(word);
    else if (word.kind === 'delta') this.#takeDelta(word);
  }

  #accept({ epoch, heartbeatMs, usageMs }: Extract<CoordinatorWord, { readonly kind: 'accepted' }>): void {
    this.#epoch = epoch;
    this.#accepted = true;
    this.#world.accepted(this, { heartbeatMs, usageMs });
  }

  #takeSnapshot(snapshot: Assignments): void {
    this.#revision = snapshot.resultsIn;
    const wanted = new Set<number>();
    for (const serial of serialsOf(snapshot.runs)) wanted.add(serial);
    for (const serial of [...this.#held.keys()]) if (!wanted.has(serial)) this.#drop(serial);
    for (const serial of wanted) {
      if (!this.#held.has(serial)) this.#start(serial);
      else this.#report({ serial, state: 'running' });
    }
    this.#stop(snapshot.stops);
    this.#settle();
  }

  #takeDelta(delta: Assignments): void {
    this.#world.count('deltas', 1);
    if (delta.appliesTo !== this.#revision) {
      this.#world.count('gaps', 1);
      this.#stream?.send(snapshotRequestMessage());
      return;
    }
    this.#revision = delta.resultsIn;
    for (const serial of serialsOf(delta.runs)) if (!this.#held.has(serial)) this.#start(serial);
    this.#stop(delta.stops);
    for (const serial of delta.forget) this.#drop(serial);
  }

  #start(serial: number): void {
    this.#world.count('starts', 1);
    this.#held.set(serial, 'unsaid');
    this.#report({ serial, state: 'running' });
  }

  #stop(stops: readonly SerialRun[]): void {
    for (const serial of serialsOf(stops)) {
      this.#drop(serial);
      this.#report({ serial, state: 'stopped' });
    }
  }

  #drop(serial: number): void {
    const held = this.#held.get(serial);
    if (held === undefined) return;
    this.#world.count('drops', 1);
    if (held === 'acknowledged') this.#world.count('running', -1);
    this.#held.delete(serial);
    this.#pending.delete(serial);
  }

  #report(report: SimpleReport): void {
    this.#pending.set(report.serial, report);
    this.#world.flushSoon(this);
  }

  #acknowledge(sequence: number): void {
    for (const [sent, reports] of this.#sent) {
      if (sent > sequence) continue;
      this.#sent.delete(sent);
      for (const { serial, state } of reports) if (state === 'running') this.#confirm(serial);
    }
    if (this.#pending.size > 0) this.#world.flushSoon(this);
    this.#settle();
  }

  #confirm(serial: number): void {
    const held = this.#held.get(serial);
    if (held === undefined || held === 'acknowledged') return;
    this.#held.set(serial, 'acknowledged');
    this.#world.count('running', 1);
  }

  /** Synced: the coordinator has heard of all that is held. */
  #settle(): void {
    if (this.#synced || this.#pending.size > 0 || this.#sent.size > 0) return;
    this.#synced = true;
    this.#world.count('synced', 1);
  }

  #ended(why: string): void {
    if (this.#synced) this.#world.count('synced', -1);
    const wasAccepted = this.#accepted;
    [this.#stream, this.#accepted, this.#synced] = [undefined, false, false];
    this.#sent.clear();
    this.#pending.clear();
    this.#world.ended(this, { why, wasAccepted });
  }
}

function* serialsOf(runs: readonly SerialRun[]): Generator<number> {
  for (const { first, count } of runs) for (let serial = first; serial < first + count; serial++) yield serial;
}
