import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher, Pool, buildConnector } from 'undici';
import { instanceId } from '../../common/model/instance.js';
import { badReply } from './ask-errors.js';
import { FigureBook } from './figures.js';
import { NotReached } from './passing.js';
import type { AskTerms } from './question.js';
import type { ReachPort } from './reach.js';
import type { Standing } from './standing.js';

/** What an instance is reached with. */
export interface ReplicaParts {
  readonly reach: ReachPort;
  readonly terms: AskTerms;
}

/** Whom a replica stands for. */
export interface ReplicaIdentity {
  readonly miner: string;
  readonly serial: number;
  readonly hostId: string;
  readonly port: number;
}

/** An idle connection is let go before servers of models commonly do, in milliseconds. */
const KEEP_ALIVE_MS = 4_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** An instance that answers questions: how it stands, what it has under way, and its open connections. */
export class Replica {
  readonly identity: ReplicaIdentity;
  readonly figures: FigureBook;
  standing: Standing;
  /** Monotonic milliseconds until which others are asked first, as it took no connection. */
  restUntilMs = 0;
  /** Grows with each question to any replica: of two that have as much to do, the one that waited longer is asked. */
  turn = 0;
  readonly #parts: ReplicaParts;
  #pool: Pool | undefined;
  #over = new AbortController();

  constructor(identity: ReplicaIdentity, standing: Standing, parts: ReplicaParts, nowMs: number) {
    this.identity = identity;
    this.standing = standing;
    this.#parts = parts;
    this.figures = new FigureBook(nowMs);
  }

  get id(): string {
    return instanceId(this.identity.miner, this.identity.serial);
  }

  /** Its connections, made anew where they were let go. */
  dispatcher(): Dispatcher | Promise<Dispatcher> {
    return this.#pool ?? this.#connected();
  }

  /** Lets each connection go once what is under way on it has ended. */
  leave(): void {
    // What it waits for ends by itself or by `drop`.
    void this.#pool?.close().catch(() => undefined);
    this.#pool = undefined;
  }

  /** Ends all that is under way. */
  drop(): void {
    this.#over.abort();
    this.#over = new AbortController();
    void this.#pool?.destroy(badReply(this.id, 'has ended')).catch(() => undefined);
    this.#pool = undefined;
  }

  async #connected(): Promise<Dispatcher> {
    // Megabytes, for those coordinators alone whose models are asked.
    const { default: undici } = await import('undici');
    const { maxOutstanding, headMs, idleMs } = this.#parts.terms;
    this.#pool ??= new undici.Pool(`http://${this.id}`, {
      connect: this.#connector(this.#over.signal),
      ...{ connections: maxOutstanding, pipelining: 1, headersTimeout: headMs, bodyTimeout: idleMs },
      ...{ keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES },
    });
    return this.#pool;
  }

  #connector(signal: AbortSignal): buildConnector.connector {
    const { serial, port } = this.identity;
    return (_options, callback) => {
      this.#parts.reach.connect(serial, port, signal).then(
        (socket) => {
          callback(null, asSocket(socket));
        },
        (cause: unknown) => {
          callback(new NotReached(cause instanceof Error ? cause.message : String(cause), { cause }), null);
        },
      );
    };
  }
}

/** The library reads and writes it as a stream, and asks nothing more of it than its types say. */
function asSocket(stream: Duplex): Socket {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- as above: no method of a socket alone is called
  return stream as Socket;
}
