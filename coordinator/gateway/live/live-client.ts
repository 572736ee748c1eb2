import { HeadframeError, toHeadframeError } from '../../../common/model/error.js';
import type { Clock } from '../../../common/model/clock.js';
import { hideUnforeseen } from '../../../common/rpc/index.js';
import type { CallFailure, LocalCalls } from '../../../common/rpc/index.js';
import { callsFor } from '../caller.js';
import type { Asker } from '../caller.js';
import { problemOf } from '../problems.js';
import type { ClientSocket } from './client-socket.js';
import { CLOSE, parseTopic, readFrame } from './frames.js';
import type { Subscription } from './frames.js';
import type { SharedFrames } from './shared-frames.js';
import { METHOD_OF, framesOf } from './topics.js';

/** What a client's subscriptions are served from. */
export interface LiveClientParts {
  readonly calls: LocalCalls;
  readonly clock: Clock;
  readonly asker: Asker;
  readonly shared: SharedFrames;
  readonly onUnforeseen: (failure: CallFailure) => void;
}

/** Of one client. */
const MOST_SUBSCRIPTIONS = 32;

/** One client and what it listens to. What it says goes to nobody but the coordinator. */
export class LiveClient {
  readonly #socket: ClientSocket;
  readonly #parts: LiveClientParts;
  readonly #open = new Map<string, AbortController>();

  constructor(socket: ClientSocket, parts: LiveClientParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.signal.addEventListener('abort', () => {
      for (const stop of this.#open.values()) stop.abort();
    });
  }

  /** Takes a frame of the client. */
  take(data: string): void {
    this.#socket.heard();
    if (this.#socket.signal.aborted) return;
    const read = readFrame(data);
    if ('violations' in read) {
      const [{ path, expected } = { path: '', expected: 'a frame' }] = read.violations;
      this.#socket.cut(CLOSE.badFrame, `${path}: expected ${expected}`.slice(0, 100));
    } else if (read.value.type === 'unsubscribe') {
      this.#open.get(read.value.id)?.abort();
    } else if (read.value.type === 'ping') {
      void this.#socket.say({ type: 'Pong', id: read.value.id, atMs: this.#parts.clock.nowMs() });
    } else {
      void this.#subscribe(read.value);
    }
  }

  async #subscribe(wish: Subscription): Promise<void> {
    const { id } = wish;
    const isKnown = this.#open.has(id);
    if (isKnown || this.#open.size >= MOST_SUBSCRIPTIONS) {
      await this.#tellError(id, isKnown ? subscribedAlready(id) : tooManySubscriptions());
      return;
    }
    const stop = new AbortController();
    this.#open.set(id, stop);
    try {
      await this.#follow(wish, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) await this.#tellEnd(wish, error);
    } finally {
      // What it was made of besides has no other end.
      stop.abort();
      this.#open.delete(id);
    }
  }

  async #follow(wish: Subscription, signal: AbortSignal): Promise<void> {
    const { calls, clock, asker, shared } = this.#parts;
    const admission = calls.admit(asker, METHOD_OF[parseTopic(wish.topic).kind]);
    const frames = framesOf(wish, { clock, signal, shared, ...callsFor(calls, asker, admission, signal) });
    await this.#socket.say({ type: 'Subscribed', id: wish.id, topic: wish.topic });
    try {
      for await (const frame of frames) {
        if (signal.aborted) return;
        const taken = this.#socket.say(frame);
        // To wait for what has come about already is a turn of the microtask queue.
        if (taken !== undefined) await taken;
      }
      if (!signal.aborted) await this.#socket.say({ type: 'End', id: wish.id });
    } finally {
      // Changes nothing where it was used.
      admission.leave();
    }
  }

  async #tellEnd({ id }: Subscription, thrown: unknown): Promise<void> {
    const error = toHeadframeError(thrown);
    if (error.reason === 'revision_compacted') await this.#socket.say({ type: 'Relist', id });
    else await this.#tellError(id, error);
    if (error.code === 'unauthenticated') this.#socket.cut(CLOSE.unproven, error.reason);
  }

  #tellError(id: string, error: HeadframeError): Promise<void> | undefined {
    const { asker, onUnforeseen } = this.#parts;
    const { peer, requestId } = asker;
    // What a call has failed with was hidden by the call.
    const told =
      error.code === 'internal' && error.cause !== undefined
        ? hideUnforeseen(error.cause, { method: '/v1/ws', peer, requestId }, onUnforeseen)
        : error;
    return this.#socket.say({ type: 'Error', id, data: problemOf(told, requestId) });
  }
}

function subscribedAlready(id: string): HeadframeError {
  const message = `there is a subscription ${id} already, which goes on`;
  const remedy = 'Take another id, or unsubscribe first.';
  return new HeadframeError({ code: 'already_exists', reason: 'subscription_exists', message, remedy });
}

function tooManySubscriptions(): HeadframeError {
  const message = `one connection has at most ${String(MOST_SUBSCRIPTIONS)} subscriptions`;
  const remedy = 'Listen to a topic without a miner, or open another connection.';
  return new HeadframeError({ code: 'resource_exhausted', reason: 'too_many_subscriptions', message, remedy });
}
