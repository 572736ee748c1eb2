import type { Writable } from 'node:stream';
import { HeadframeError } from '../model/error.js';
import type { Clock } from '../model/clock.js';
import type { CallEnd } from './call-end.js';

/** The writing half of a call, as far as it is used here. */
export type MessageSink<Message> = Pick<Writable, 'on' | 'writableNeedDrain'> & {
  write(message: Message): boolean;
  end(): unknown;
};

/** What is done about another side that does not read. */
export interface StallTerms {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** How long a write may wait, in milliseconds. */
  readonly stallMs: number;
  readonly onStalled: () => void;
}

interface Waiting<Message> {
  readonly message: Message;
  readonly taken: () => void;
  readonly refused: (error: HeadframeError) => void;
}

/** How many `write` calls may wait for room at once before further ones are refused. */
const DEFAULT_MAX_WAITING_WRITES = 256;

/**
 * Sends messages on one call, from as many places as need be, in the order of the calls.
 *
 * Holds at most the stream's own buffer (16 messages) plus the waiting writes. Nothing here waits on an ended call:
 * everything that waits is refused with the call's error as soon as it ends.
 */
export class StreamWriter<Message> {
  readonly #sink: MessageSink<Message>;
  readonly #end: CallEnd;
  readonly #stall: StallTerms | undefined;
  readonly #maxWaiting: number;
  readonly #waiting: Waiting<Message>[] = [];
  #closing = false;
  #flushed: (() => void) | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(
    sink: MessageSink<Message>,
    end: CallEnd,
    {
      maxWaiting = DEFAULT_MAX_WAITING_WRITES,
      stall,
    }: { readonly maxWaiting?: number; readonly stall?: StallTerms } = {},
  ) {
    this.#sink = sink;
    this.#end = end;
    this.#maxWaiting = maxWaiting;
    this.#stall = stall;
    sink.on('drain', () => {
      this.#pump();
    });
    end.onEnd(() => {
      this.#refuseWaiting();
    });
  }

  /** True once nothing can be sent any more: ended here, there, or by failure. */
  get closed(): boolean {
    return this.#closing || this.#end.ended;
  }

  /** Calls the listener once when the call has ended, at once if it has already; the answer removes it. */
  onEnd(listener: (error: HeadframeError | undefined) => void): () => void {
    return this.#end.onEnd(() => {
      listener(this.#end.error);
    });
  }

  /** Takes the message if there is room right now; false means it was not taken, because of no room or a closed call. */
  tryWrite(message: Message): boolean {
    if (this.closed || !this.#hasRoom()) return false;
    this.#sink.write(message);
    return true;
  }

  /**
   * Resolves when the message has found room, which is slow when the other side reads slowly.
   * Rejects with the call's error when it has ended, `failed_precondition` after `end()`,
   * `resource_exhausted` when too many writes wait already.
   */
  write(message: Message): Promise<void> {
    if (this.tryWrite(message)) return Promise.resolve();
    if (this.closed) return Promise.reject(this.#closedError());
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(queueFullError(this.#maxWaiting));
    return new Promise((taken, refused) => {
      this.#waiting.push({ message, taken, refused });
      this.#watchStall();
    });
  }

  /** Sends what waits, then tells the other side that no more will come; the reading half stays open. */
  end(): void {
    if (this.closed) return;
    this.#closing = true;
    this.#pump();
  }

  /** Resolves when no write waits any more, rejects with the call's error when it ends before. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#flushed = resolve));
    if (this.#end.error !== undefined) throw this.#end.error;
  }

  #hasRoom(): boolean {
    return this.#waiting.length === 0 && !this.#sink.writableNeedDrain;
  }

  /** Counts from the first write that waits; whoever reads at all begins it anew. */
  #watchStall(): void {
    if (this.#stall === undefined || this.#stopTimer !== undefined) return;
    this.#stopTimer = this.#stall.clock.setTimer(this.#stall.onStalled, this.#stall.stallMs);
  }

  #forgetStall(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #pump(): void {
    this.#forgetStall();
    while (!this.#end.ended && !this.#sink.writableNeedDrain) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#sink.write(next.message);
      next.taken();
    }
    if (this.#end.ended) return;
    if (this.#waiting.length > 0) {
      this.#watchStall();
      return;
    }
    this.#flushed?.();
    if (this.#closing) this.#sink.end();
  }

  #refuseWaiting(): void {
    this.#forgetStall();
    const error = this.#closedError();
    for (const { refused } of this.#waiting.splice(0)) refused(error);
    this.#flushed?.();
  }

  #closedError(): HeadframeError {
    if (this.#end.error !== undefined) return this.#end.error;
    const message = this.#end.ended ? 'the call has ended' : 'the stream was ended by its writer';
    const code = this.#end.ended ? 'cancelled' : 'failed_precondition';
    return new HeadframeError({ code, reason: 'stream_closed', message });
  }
}

function queueFullError(maxWaiting: number): HeadframeError {
  const message = `${String(maxWaiting)} writes wait already because the other side reads too slowly`;
  return new HeadframeError({ code: 'resource_exhausted', reason: 'send_queue_full', message });
}
