import { backoffMs } from './backoff.js';
import type { Digits } from './wire.js';

/** What the coordinator says; what of it is there goes by its type. */
export interface ServerFrame {
  readonly type: string;
  readonly id: string;
  readonly revision?: Digits;
  readonly synced?: boolean;
  readonly data?: unknown;
  readonly atMs?: number;
}

/** Something to listen to. */
export interface Listening {
  readonly topic: string;
  /** Whether it goes on by a revision after the connection was lost. */
  readonly isResumed?: boolean;
  /** Where to begin; what is told before is left out. */
  readonly from?: Digits;
  readonly wish?: Readonly<Record<string, string | number>>;
  /** Each frame of it but those that the link itself needs. */
  readonly take: (frame: ServerFrame) => void;
  /** All will be told from the beginning. */
  readonly onAnew?: () => void;
}

/** A WebSocket, as far as it is used. */
export interface Wire {
  send(text: string): void;
  close(): void;
}

/** What is told of a WebSocket. */
export interface WireEvents {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onClose: (code: number) => void;
}

/** What a link stands on. */
export interface LinkParts {
  readonly open: (events: WireEvents) => Wire;
  readonly nowMs: () => number;
  /** Calls back once; the answer forgets it. */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly random: () => number;
  readonly onState: (state: LinkState) => void;
}

/** How the link stands. `atMs` is when something was heard last; 0 for never. */
export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** What is shown is old; it tries again at a time. */
  | { readonly kind: 'away'; readonly retryAtMs: number }
  /** The token is no longer good. */
  | { readonly kind: 'refused' };

interface Open {
  readonly listening: Listening;
  /** Of the subscription; each has one of its own, for an ended one may be known a moment longer. */
  id: string;
  from: Digits | undefined;
}

/** Times in milliseconds. */
const PING_MS = 5_000;
/** Longer than a ping and its answer ever take. */
const SILENT_MS = 15_000;
const TOKEN_REFUSED = 4401;

/**
 * One connection to the coordinator and what is listened to over it: connecting → live → away → connecting … until it is
 * closed or refused. After a loss everything is subscribed to again, by the revision where it has one.
 */
export class LiveLink {
  readonly #parts: LinkParts;
  readonly #open = new Map<string, Open>();
  #wire: Wire | undefined;
  #isLive = false;
  #isOver = false;
  #failures = 0;
  #nextId = 0;
  #heardAtMs = 0;
  #stopTimer: () => void = () => undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** Unix milliseconds at which the coordinator was heard last; 0 before. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** Connects, and connects again after each loss. */
  start(): void {
    this.#connect();
  }

  /** Ends it for good. */
  close(): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#wire?.close();
  }

  /** Tries at once where it waits to try again. */
  retryNow(): void {
    if (this.#wire !== undefined || this.#isOver) return;
    this.#stopTimer();
    this.#connect();
  }

  /** Begins to listen; the answer ends it. */
  listen(listening: Listening): () => void {
    const open: Open = { listening, id: this.#newId(), from: listening.from };
    this.#open.set(open.id, open);
    if (this.#isLive) this.#subscribe(open);
    return () => {
      if (this.#open.delete(open.id) && this.#isLive) this.#say({ type: 'unsubscribe', id: open.id });
    };
  }

  #connect(): void {
    this.#parts.onState({ kind: 'connecting' });
    let isOurs = true;
    const lost = (code: number): void => {
      if (!isOurs) return;
      isOurs = false;
      this.#lost(code);
    };
    const heard = this.#parts.after(SILENT_MS, () => {
      this.#drop(lost);
    });
    this.#stopTimer = heard;
    this.#wire = this.#parts.open({
      onOpen: () => {
        if (isOurs) this.#opened(lost);
      },
      onText: (text) => {
        if (isOurs) this.#take(text);
      },
      onClose: lost,
    });
  }

  #opened(lost: (code: number) => void): void {
    this.#isLive = true;
    this.#heardAtMs = this.#parts.nowMs();
    for (const open of this.#open.values()) this.#subscribe(open);
    this.#beat(lost);
    this.#parts.onState({ kind: 'live' });
  }

  /** Asks for an answer now and then, and takes it for lost where none comes. */
  #beat(lost: (code: number) => void): void {
    this.#stopTimer();
    if (this.#parts.nowMs() - this.#heardAtMs > SILENT_MS) {
      this.#drop(lost);
      return;
    }
    this.#say({ type: 'ping', id: 'beat' });
    this.#stopTimer = this.#parts.after(PING_MS, () => {
      this.#beat(lost);
    });
  }

  #drop(lost: (code: number) => void): void {
    this.#wire?.close();
    lost(0);
  }

  #lost(code: number): void {
    this.#stopTimer();
    this.#wire = undefined;
    this.#isLive = false;
    if (this.#isOver) return;
    if (code === TOKEN_REFUSED) {
      this.#isOver = true;
      this.#parts.onState({ kind: 'refused' });
      return;
    }
    const waitMs = backoffMs(this.#failures, this.#parts.random());
    this.#failures += 1;
    this.#parts.onState({ kind: 'away', retryAtMs: this.#parts.nowMs() + waitMs });
    this.#stopTimer = this.#parts.after(waitMs, () => {
      this.#connect();
    });
  }

  #take(text: string): void {
    this.#heardAtMs = this.#parts.nowMs();
    this.#failures = 0;
    // The coordinator's own frames: it is what the page itself came from.
    const frame = JSON.parse(text) as ServerFrame;
    const open = this.#open.get(frame.id);
    if (open === undefined) return;
    if (frame.type === 'Relist') this.#beginAnew(open);
    else if (frame.type !== 'Subscribed' && frame.type !== 'Progress') open.listening.take(frame);
    if (open.listening.isResumed === true && frame.revision !== undefined && frame.revision !== '0')
      open.from = frame.revision;
    if (frame.type === 'End' || frame.type === 'Error') this.#open.delete(frame.id);
  }

  #beginAnew(open: Open): void {
    this.#open.delete(open.id);
    open.id = this.#newId();
    open.from = undefined;
    this.#open.set(open.id, open);
    this.#subscribe(open);
  }

  #newId(): string {
    this.#nextId += 1;
    return `p${String(this.#nextId)}`;
  }

  #subscribe({ id, listening, from }: Open): void {
    if (from === undefined) listening.onAnew?.();
    const resumed = from === undefined ? {} : { from };
    this.#say({ type: 'subscribe', id, topic: listening.topic, ...listening.wish, ...resumed });
  }

  #say(frame: object): void {
    this.#wire?.send(JSON.stringify(frame));
  }
}
