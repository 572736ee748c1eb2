import { WebSocket } from 'ws';
import type { Clock } from '../../../common/model/clock.js';
import type { HeadframeError } from '../../../common/model/error.js';
import { shownEndpoint } from './endpoint.js';
import { chainSlow, endpointFault } from './refusals.js';

/** What the node said when it refused a call. */
export class RpcRefusal extends Error {
  override readonly name = 'RpcRefusal';
  /** As JSON-RPC has it; 1010 for an extrinsic that the pool would not have. */
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown) {
    super(data === undefined ? message : `${message}: ${JSON.stringify(data)}`);
    this.code = code;
    this.data = data;
  }
}

/** Times in milliseconds. */
export interface SocketTerms {
  /** Until the connection has to stand. */
  readonly connectMs: number;
  /** Until a call has to be answered, unless it says otherwise. */
  readonly callMs: number;
}

interface Waiting {
  readonly settle: (error: Error | undefined, value: unknown) => void;
}

interface Answer {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly error?: unknown;
  readonly result?: unknown;
  readonly params?: unknown;
}

/** Larger than any metadata; what is longer ends the connection. */
const LARGEST_MESSAGE_BYTES = 32 * 2 ** 20;
/** Notifications that are kept for subscriptions whose id is still on its way. */
const MOST_EARLY = 64;

/**
 * JSON-RPC over one WebSocket. It is mortal: whatever goes wrong ends it, calls under way fail by that, and whoever wants
 * more opens another. Every call has a deadline; nothing that the other side sends can throw here.
 */
export class RpcSocket {
  readonly url: string;
  /** Why it ended. */
  readonly ended: Promise<HeadframeError>;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #terms: SocketTerms;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, (value: unknown) => void>();
  readonly #early = new Map<string, unknown[]>();
  #tellEnded: (why: HeadframeError) => void = () => undefined;
  #why: HeadframeError | undefined;
  #nextId = 1;
  #lastHeardMs: number;

  /** By `open`. */
  constructor(url: string, socket: WebSocket, { clock, terms }: { clock: Clock; terms: SocketTerms }) {
    this.url = url;
    this.#socket = socket;
    this.#clock = clock;
    this.#terms = terms;
    this.#lastHeardMs = clock.monotonicMs();
    this.ended = new Promise((resolve) => (this.#tellEnded = resolve));
    socket.on('message', (data, isBinary) => {
      this.#take(data, isBinary);
    });
    socket.on('error', (error) => {
      this.end(endpointFault('endpoint_lost', `${shownEndpoint(url)}: ${error.message}`, error));
    });
    socket.on('close', (code) => {
      this.end(endpointFault('endpoint_lost', `${shownEndpoint(url)} closed the connection with ${String(code)}`));
    });
  }

  /** Connects. Throws `HeadframeError` (unavailable, 'endpoint_unreachable'). */
  static open(url: string, parts: { readonly clock: Clock; readonly terms: SocketTerms }): Promise<RpcSocket> {
    const { clock, terms } = parts;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { maxPayload: LARGEST_MESSAGE_BYTES, perMessageDeflate: false });
      const fail = (text: string, cause?: unknown): void => {
        cancel();
        socket.terminate();
        reject(endpointFault('endpoint_unreachable', `${shownEndpoint(url)}: ${text}`, cause));
      };
      const refuse = (error: Error): void => {
        fail(error.message, error);
      };
      const cancel = clock.setTimer(() => {
        fail(`no connection within ${String(terms.connectMs / 1000)} s`);
      }, terms.connectMs);
      // Stays: what is terminated while it connects tells an error once more.
      socket.on('error', refuse);
      socket.once('open', () => {
        cancel();
        socket.off('error', refuse);
        resolve(new RpcSocket(url, socket, parts));
      });
    });
  }

  /** When something was last heard, by the monotonic clock. */
  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  get isOpen(): boolean {
    return this.#why === undefined;
  }

  /**
   * Calls a method. Throws `RpcRefusal` for what the node refuses, `HeadframeError`: deadline_exceeded ('chain_slow'), and
   * unavailable, as `ended` tells.
   */
  call(method: string, params: readonly unknown[], deadlineMs = this.#terms.callMs): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#why !== undefined) {
        reject(this.#why);
        return;
      }
      const id = this.#nextId++;
      const cancel = this.#clock.setTimer(() => {
        this.#waiting.delete(id);
        reject(chainSlow(method, deadlineMs));
      }, deadlineMs);
      const settle = (error: Error | undefined, value: unknown): void => {
        cancel();
        this.#waiting.delete(id);
        if (error === undefined) resolve(value);
        else reject(error);
      };
      this.#waiting.set(id, { settle });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }), (error) => {
        if (error) settle(endpointFault('endpoint_lost', error.message, error), undefined);
      });
    });
  }

  /** Subscribes; the answer is the subscription's id. */
  async subscribe(method: string, params: readonly unknown[], listener: (value: unknown) => void): Promise<string> {
    const id = String(await this.call(method, params));
    this.#listeners.set(id, listener);
    for (const value of this.#early.get(id) ?? []) listener(value);
    this.#early.delete(id);
    return id;
  }

  /** Ends a subscription; the node is told by `method`, and need not answer. */
  unsubscribe(method: string, id: string): void {
    this.#listeners.delete(id);
    this.call(method, [id]).catch(() => undefined); // it goes with the connection at the latest
  }

  /** Ends it at once, whatever the other side does. */
  end(why: HeadframeError): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#listeners.clear();
    this.#early.clear();
    for (const { settle } of [...this.#waiting.values()]) settle(why, undefined);
    this.#socket.terminate();
    this.#tellEnded(why);
  }

  #take(data: unknown, isBinary: boolean): void {
    this.#lastHeardMs = this.#clock.monotonicMs();
    const answer = isBinary ? undefined : readAnswer(String(data));
    if (answer === undefined) {
      this.end(endpointFault('endpoint_invalid', `${shownEndpoint(this.url)} sent what is no JSON-RPC`));
      return;
    }
    if (typeof answer.id === 'number') this.#settle(answer.id, answer);
    else this.#notify(answer.params);
  }

  #settle(id: number, { error, result }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (error === undefined || error === null) waiting?.settle(undefined, result);
    else waiting?.settle(readRefusal(error), undefined);
  }

  #notify(params: unknown): void {
    if (typeof params !== 'object' || params === null || !('subscription' in params) || !('result' in params)) return;
    const id = String(params.subscription);
    const listener = this.#listeners.get(id);
    if (listener !== undefined) {
      listener(params.result);
      return;
    }
    // The answer with the id may come after the first value.
    const early = this.#early.get(id) ?? [];
    if (this.#early.size < MOST_EARLY && early.length < MOST_EARLY) this.#early.set(id, [...early, params.result]);
  }
}

function readAnswer(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined; // told as what it is
  }
}

function readRefusal(error: unknown): RpcRefusal {
  const told = typeof error === 'object' && error !== null ? error : {};
  const code = 'code' in told ? Number(told.code) : Number.NaN;
  const message = 'message' in told && typeof told.message === 'string' ? told.message : 'refused';
  return new RpcRefusal(code, message, 'data' in told ? told.data : undefined);
}
