import type { Writable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { badReply, readerTooSlow, tooSlow } from './ask-errors.js';
import type { Outcome } from './figures.js';
import type { Answering, AskTerms } from './question.js';
import { replyHeadOf } from './reply-head.js';
import type { RawHeaders } from './reply-head.js';

/** Nothing of a question has reached the instance, so that another may be asked. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
}

/** What it works with. */
export interface PassingParts {
  /** Whom it asks, for people. */
  readonly instance: string;
  readonly answering: Answering;
  readonly terms: Pick<AskTerms, 'replyBytes' | 'headMs' | 'idleMs'>;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Reasons of agents for which nothing was written to an instance. */
const AGENT_REASONS: ReadonlySet<string> = new Set(['port_not_held', 'port_silent', 'too_many_tunnels']);

/**
 * Passes one answer of one instance on as it comes: waiting → begun → settled, settled once. It takes no more of the instance
 * than is read of it, and what was begun and cannot be ended well is broken off, so that nobody takes a part for the whole.
 */
export class Passing implements Dispatcher.DispatchHandler {
  /** How it ended; rejects with `NotReached`, or with `HeadframeError`. */
  readonly settled: Promise<Outcome>;
  readonly #parts: PassingParts;
  #resolve: (outcome: Outcome) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #reply: Writable | undefined;
  #status = 0;
  #bytes = 0;
  #stopped: Error | undefined;
  #isSettled = false;
  #stopStall: () => void = () => undefined;

  constructor(parts: PassingParts) {
    this.#parts = parts;
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Ends it early, wherever it stands. */
  stop(error: Error): void {
    if (this.#stopped !== undefined || this.#isSettled) return;
    this.#stopped = error;
    this.#controller?.abort(error);
    this.#fail(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const isSecond = this.#controller !== undefined;
    this.#controller = controller;
    if (this.#stopped !== undefined) controller.abort(this.#stopped);
    // The library would ask again by itself what it holds for harmless.
    else if (isSecond) this.stop(badReply(this.#parts.instance, 'broke off before it answered'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (status < 200) return;
    const { instance, terms, answering } = this.#parts;
    const head = replyHeadOf(status, headers);
    if (head === undefined) {
      this.stop(badReply(instance, `answered with the status ${String(status)}, which is not passed on`));
      return;
    }
    if (Number(head.headers['content-length'] ?? 0) > terms.replyBytes) {
      this.stop(this.#tooLarge());
      return;
    }
    this.#status = status;
    this.#reply = answering.begin(head, instance);
    this.#reply.on('drain', this.#drained);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#parts.terms.replyBytes) this.stop(this.#tooLarge());
    else if (this.#reply?.write(chunk) === false) {
      controller.pause();
      const { clock, answering } = this.#parts;
      this.#stopStall();
      this.#stopStall = clock.setTimer(() => {
        this.stop(readerTooSlow());
      }, answering.stallMs);
    }
  }

  onResponseEnd(): void {
    this.#letGo();
    this.#reply?.end();
    this.#resolve(this.#status >= 500 ? 'failed' : this.#status >= 400 ? 'rejected' : 'answered');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#stopped ?? this.#translated(error));
  }

  readonly #drained = (): void => {
    this.#stopStall();
    this.#controller?.resume();
  };

  #fail(error: Error): void {
    this.#letGo();
    // One that was never begun is told by the error.
    this.#reply?.destroy();
    this.#reject(error);
  }

  #letGo(): void {
    this.#isSettled = true;
    this.#stopStall();
    this.#reply?.off('drain', this.#drained);
  }

  #tooLarge(): HeadframeError {
    return badReply(this.#parts.instance, `answered more than ${String(this.#parts.terms.replyBytes)} bytes`);
  }

  #translated(error: Error): Error {
    if (error instanceof NotReached) return error;
    if (error instanceof HeadframeError)
      return AGENT_REASONS.has(error.reason) ? new NotReached(error.message, { cause: error }) : error;
    const { instance, terms } = this.#parts;
    switch ('code' in error ? error.code : '') {
      case 'UND_ERR_HEADERS_TIMEOUT':
        return tooSlow(instance, `has not begun to answer within ${String(terms.headMs)} ms`);
      case 'UND_ERR_BODY_TIMEOUT':
        return tooSlow(instance, `has said nothing for ${String(terms.idleMs)} ms in the middle of its answer`);
      case 'UND_ERR_HEADERS_OVERFLOW':
        return badReply(instance, 'answered with headers that are too large');
      default:
        return badReply(
          instance,
          this.#reply === undefined ? broke('before', error) : broke('in the middle of', error),
        );
    }
  }
}

function broke(when: string, { message }: Error): string {
  return `broke off ${when} its answer, or answered what is no HTTP: ${message.slice(0, 200)}`;
}
