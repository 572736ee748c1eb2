import { constants, sensitiveHeaders } from 'node:http2';
import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Clock } from '../model/clock.js';
import { HeadframeError, toHeadframeError } from '../model/error.js';
import { letInBy } from './hand-on.js';
import type { HandedCall } from './hand-on.js';
import { LET_IN_MS } from './limits.js';
import { onBehalfHeaders } from './on-behalf.js';
import type { LentSession, PeerSessions } from './peer-sessions.js';
import { refuseStream, statusHeaders } from './refuse-stream.js';
import { timeoutLeft } from './timeout-left.js';

/**
 * What came of a call that was handed on: `answered` as the other side ended it, `unreached` where it never left, `full` where too many
 * were under way, `lost` with whoever had it, `left` by whoever made it.
 */
export const HANDED_OUTCOMES = ['answered', 'unreached', 'full', 'lost', 'left'] as const;

/** One of `HANDED_OUTCOMES`. */
export type HandedOutcome = (typeof HANDED_OUTCOMES)[number];

/** What calls are carried by. */
export interface CarryParts {
  readonly sessions: Pick<PeerSessions, 'lend'>;
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  /** What a call ends with that never left. */
  readonly refusal: () => HeadframeError;
}

/** A connection that was lost right before a call was to leave is no reason to refuse it. */
const TRIES = 2;
/** Of one connection, not of the call: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2 */
const OF_CONNECTION = new Set(['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host']);

/**
 * One call that is handed on, byte by byte: asking → carried → over. While it asks nothing of its message has left, so that it can be
 * asked for again, or refused as a call that was never made; once it is carried it ends as the other side ends it, or fails with
 * 'leader_lost', and is never made a second time. Neither side is read faster than the other takes it.
 */
export class CarriedCall {
  readonly #call: HandedCall;
  readonly #parts: CarryParts;
  readonly #startedMs: number;
  #state: 'asking' | 'carried' | 'over' = 'asking';
  #tries = 0;
  #outcome: HandedOutcome = 'left';
  #outbound: ClientHttp2Stream | undefined;
  #stopTimer: () => void = () => undefined;
  /** What ends the answer, once that is known. */
  #trailers: OutgoingHttpHeaders | undefined;
  #wantsTrailers = false;

  /** `onOver` is called once. */
  constructor(call: HandedCall, parts: CarryParts, onOver: (call: CarriedCall, outcome: HandedOutcome) => void) {
    this.#call = call;
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
    call.stream.once('close', () => {
      this.#state = 'over';
      this.#stopTimer();
      this.#leave();
      onOver(this, this.#outcome);
    });
    this.#try();
  }

  /** Ends it here: refused where it never left. */
  end(): void {
    if (this.#state === 'asking') this.#refuse(this.#parts.refusal());
    else this.#lose();
    this.#leave();
  }

  #try(): void {
    this.#tries += 1;
    this.#parts.sessions.lend().then(
      (lent) => {
        this.#ask(lent);
      },
      (error: unknown) => {
        const thrown = toHeadframeError(error);
        if (this.#state !== 'asking') return;
        if (thrown.code === 'resource_exhausted') this.#refuse(thrown, 'full');
        else this.#refuse(this.#parts.refusal());
      },
    );
  }

  #ask(lent: LentSession): void {
    if (this.#state !== 'asking') {
      lent.release();
      return;
    }
    const outbound = lent.open(this.#headers());
    if (outbound === undefined) {
      this.#askAgain();
      return;
    }
    this.#outbound = outbound;
    outbound.on('headers', (headers: IncomingHttpHeaders) => {
      const whom = letInBy(headers);
      if (whom !== undefined && this.#state === 'asking') this.#carry(outbound, whom === 'known');
    });
    outbound.once('response', (headers: IncomingHttpHeaders, flags) => {
      this.#answer(outbound, headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    });
    outbound.once('trailers', (trailers: IncomingHttpHeaders) => {
      this.#outcome = 'answered';
      this.#end(passed(trailers));
    });
    outbound.once('close', () => {
      this.#stopTimer();
      if (this.#outbound === outbound) this.#closed();
    });
    this.#stopTimer = this.#parts.clock.setTimer(() => {
      this.#tries = TRIES;
      outbound.close(constants.NGHTTP2_CANCEL);
    }, LET_IN_MS);
  }

  #headers(): OutgoingHttpHeaders {
    const { headers, request } = this.#call;
    const waitedMs = this.#parts.clock.monotonicMs() - this.#startedMs;
    return {
      ...passed(headers),
      ...timeoutLeft(headers['grpc-timeout'], waitedMs),
      ...onBehalfHeaders(request),
      // So that the records of both tell of the same call.
      'x-request-id': request.requestId,
      ':method': 'POST',
      ':path': request.method,
      // Not to be guessed by the length of what others send on the same connection.
      [sensitiveHeaders]: ['authorization'],
    };
  }

  #carry(outbound: ClientHttp2Stream, isKnown: boolean): void {
    this.#state = 'carried';
    this.#stopTimer();
    this.#call.letIn(isKnown);
    this.#call.stream.pipe(outbound);
  }

  #answer(outbound: ClientHttp2Stream, headers: IncomingHttpHeaders, isEnd: boolean): void {
    const { stream } = this.#call;
    this.#stopTimer();
    // Nothing was let in: it was refused by its headers.
    if (this.#state === 'asking') this.#call.refused();
    if (this.#state === 'over' || stream.destroyed || stream.closed) return;
    this.#state = 'carried';
    const answer = { ...passed(headers), ':status': Number(headers[':status']) };
    if (isEnd) {
      [this.#state, this.#outcome] = ['over', 'answered'];
      stream.respond(answer, { endStream: true });
      stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    stream.respond(answer, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      this.#wantsTrailers = true;
      this.#sendTrailers();
    });
    outbound.pipe(stream);
  }

  #end(trailers: OutgoingHttpHeaders): void {
    this.#trailers ??= trailers;
    this.#sendTrailers();
  }

  #sendTrailers(): void {
    const { stream } = this.#call;
    if (!this.#wantsTrailers || this.#trailers === undefined || stream.destroyed || stream.closed) return;
    this.#state = 'over';
    stream.sendTrailers(this.#trailers);
    // Nobody is left to take what is still being sent; a reset at once would overtake the trailers.
    setImmediate(() => {
      if (!stream.readableEnded && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }

  /** The other side is done with it, in one way or another. */
  #closed(): void {
    if (this.#state === 'asking') this.#askAgain();
    else if (this.#state === 'carried' && this.#trailers === undefined) this.#lose();
  }

  #askAgain(): void {
    if (this.#tries < TRIES) this.#try();
    else this.#refuse(this.#parts.refusal());
  }

  #lose(): void {
    const { stream } = this.#call;
    if (this.#state !== 'carried') return;
    if (!stream.headersSent) {
      this.#refuse(leaderLost(), 'lost');
      return;
    }
    this.#outcome = 'lost';
    this.#outbound?.unpipe(stream);
    this.#end(statusHeaders(leaderLost()));
    stream.end();
  }

  #refuse(error: HeadframeError, outcome: HandedOutcome = 'unreached'): void {
    [this.#state, this.#outcome] = ['over', outcome];
    refuseStream(this.#call.stream, error);
  }

  #leave(): void {
    const outbound = this.#outbound;
    if (outbound !== undefined && !outbound.closed) outbound.close(constants.NGHTTP2_CANCEL);
  }
}

/** Without what is of one connection alone. */
function passed(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !OF_CONNECTION.has(name));
  return Object.fromEntries(kept);
}

function leaderLost(): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'leader_lost',
    message: 'the coordinator that leads was lost before its answer was there; what was asked may have been done',
    remedy: 'See what is there now, then try again: another one leads within seconds.',
  });
}
