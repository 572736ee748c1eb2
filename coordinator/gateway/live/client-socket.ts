import type { Clock } from '../../../common/model/clock.js';
import { CLOSE } from './frames.js';
import { ReadyFrame } from './shared-frames.js';
import type { Frame } from './topic-parts.js';

/** The side of a WebSocket that is spoken to, as far as it is used here. */
export interface Speaker {
  /** Bytes that were sent and that the system has not taken yet. */
  readonly bufferedAmount: number;
  send(text: string, done: () => void): void;
  sendReady(frame: ReadyFrame, done: () => void): void;
  ping(): void;
  pong(data: Buffer, done: () => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** Times in milliseconds. */
export interface SpeakerTerms {
  /** A frame has to be taken within it. */
  readonly slowMs: number;
  /** Between two pings; who has answered none of them in it is gone. */
  readonly pingMs: number;
}

/** Time for a farewell to be read, in milliseconds; whoever does not goes without. */
const FAREWELL_MS = 3_000;
/** Frames that may wait to be taken; each subscription has but one. */
const MOST_WAITING = 256;
/** Frames that a client may send at once, and in each second from then on. */
const HEARD = { atOnce: 200, eachSecond: 50 } as const;

/** Speaks to one client, open → closing: paced by how quick it reads, and cut off when it does not or has fallen silent. */
export class ClientSocket {
  readonly #speaker: Speaker;
  readonly #clock: Clock;
  readonly #terms: SpeakerTerms;
  readonly #over = new AbortController();
  /** What ends the waiting for each frame that is not taken yet. */
  readonly #waiting = new Set<() => void>();
  /** As its signal says, which takes longer to ask. */
  #isOver = false;
  #isAlive = true;
  #isAnswering = false;
  #heard: number = HEARD.atOnce;
  #heardAtMs: number;
  /** Of the next ping, and from the farewell on of the time that it has. */
  #stopTimer: () => void;

  constructor(speaker: Speaker, clock: Clock, terms: SpeakerTerms) {
    this.#speaker = speaker;
    this.#clock = clock;
    this.#terms = terms;
    this.#heardAtMs = clock.monotonicMs();
    this.#stopTimer = clock.setTimer(this.#beat, terms.pingMs);
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** The client has said something, if only a pong; whoever says too much is cut off. */
  heard(): void {
    this.#isAlive = true;
    const nowMs = this.#clock.monotonicMs();
    const more = ((nowMs - this.#heardAtMs) / 1000) * HEARD.eachSecond;
    this.#heard = Math.min(HEARD.atOnce, this.#heard + more) - 1;
    this.#heardAtMs = nowMs;
    if (this.#heard < 0) this.cut(CLOSE.slow, 'too many frames');
  }

  /** Answers a ping, unless the answer to one before waits to be taken: whoever pings and does not read gets no more. */
  pinged(data: Buffer): void {
    this.heard();
    if (this.#isAnswering || this.#isOver) return;
    this.#isAnswering = true;
    this.#speaker.pong(data, () => {
      this.#isAnswering = false;
    });
  }

  /** Says something; resolves once the client has taken it, or it is over. Undefined where that is so at once, which it nearly always is. */
  say(frame: Frame): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    if (this.#waiting.size >= MOST_WAITING) {
      this.cut(CLOSE.slow, 'too slow');
      return undefined;
    }
    let settle = (): void => undefined;
    const done = (): void => {
      settle();
    };
    if (frame instanceof ReadyFrame) this.#speaker.sendReady(frame, done);
    else this.#speaker.send(JSON.stringify(frame), done);
    return this.#speaker.bufferedAmount === 0 ? undefined : this.#taken((settled) => (settle = settled));
  }

  /** Open → closing: says why, and drops the connection if that is not read soon. */
  cut(code: number, reason: string): void {
    if (this.#isOver) return;
    this.end();
    this.#speaker.close(code, reason);
    this.#stopTimer = this.#clock.setTimer(() => {
      this.#speaker.terminate();
    }, FAREWELL_MS);
  }

  /** The connection has gone. */
  end(): void {
    this.#stopTimer();
    this.#isOver = true;
    this.#over.abort();
    for (const settle of [...this.#waiting]) settle();
  }

  /** Waits for what `settled` is handed to be called, but no longer than a client may take. */
  #taken(settled: (settle: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#clock.setTimer(() => {
        this.cut(CLOSE.slow, 'too slow');
      }, this.#terms.slowMs);
      const settle = (): void => {
        stop();
        this.#waiting.delete(settle);
        resolve();
      };
      this.#waiting.add(settle);
      settled(settle);
    });
  }

  readonly #beat = (): void => {
    if (!this.#isAlive) {
      this.cut(CLOSE.silent, 'silent');
      return;
    }
    this.#isAlive = false;
    this.#speaker.ping();
    this.#stopTimer = this.#clock.setTimer(this.#beat, this.#terms.pingMs);
  };
}
