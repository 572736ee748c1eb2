import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import { FrameReader } from '../wire/frame-reader.js';
import { Inflow, INFLOW_LIMITS } from '../wire/inflow.js';
import { encodeFrame } from '../wire/message-writer.js';
import type { MessageOf, MessageType, NodeMessage } from '../wire/message.js';
import type { Connecting } from './connect-node.js';

/** How a miner speaks with a node. */
export interface LinkOptions {
  /** What the miner says of itself on connecting; undefined to say nothing. */
  readonly greeting: { readonly nodeId: string; readonly userAgent: string } | undefined;
  readonly connectTimeoutMs: number;
  /** From the first byte of a frame to its last, and for what is sent to be taken. */
  readonly frameTimeoutMs: number;
  /** Without anything from the node. Nodes need not say anything between two blocks. */
  readonly silenceMs: number;
  /** Silence after which the node is pinged, which few nodes answer; undefined for never. */
  readonly pingAfterMs: number | undefined;
}

/** What a link tells its owner. */
export interface LinkListener {
  onOpen(): void;
  onMessage(message: NodeMessage): void;
}

/** Messages of known types that cannot be read, before a node is left. */
const MOST_REFUSED = 16;
/** What may wait to be sent: two of the largest blocks. */
const MOST_UNSENT_BYTES = 32 * 1024 * 1024;

/**
 * One connection to a node, from connecting to its end, after which it is never used again. Pings and handshakes are answered here. It ends
 * for one reason, named by `ended`; its timers go with it.
 */
export class NodeLink {
  /** Why the connection ended; never rejects. */
  readonly ended: Promise<HeadframeError>;
  readonly #socket: Socket;
  readonly #options: LinkOptions;
  readonly #clock: Clock;
  readonly #listener: LinkListener;
  readonly #frames = new FrameReader();
  readonly #inflow: { readonly messages: Inflow; readonly bytes: Inflow };
  readonly #timers = new Map<string, () => void>();
  #end: (why: HeadframeError) => void = () => undefined;
  #isOpen = false;
  #isOver = false;
  #refused = 0;
  #pings = 0n;

  /** Takes over a socket that is connecting. */
  constructor({ socket, opened }: Connecting, options: LinkOptions, clock: Clock, listener: LinkListener) {
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    const now = clock.monotonicMs();
    this.#inflow = {
      messages: new Inflow('messages', INFLOW_LIMITS.messages, now),
      bytes: new Inflow('bytes', INFLOW_LIMITS.bytes, now),
    };
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#arm('connect', options.connectTimeoutMs);
    socket.setNoDelay(true);
    socket.once(opened, () => this.#opened());
    socket.on('data', (piece) => this.#guard(() => this.#take(piece)));
    socket.once('end', () => this.#guard(() => this.#frames.end()));
    socket.once('error', (cause) => this.#over(this.#isOpen ? closed(cause) : unreached(cause, socket)));
    socket.once('close', () => this.#over(closed()));
  }

  /** Sends a message; true once the machine has taken it, false where the connection is not open, or ends before. */
  async send<Type extends MessageType>(message: MessageOf<Type>): Promise<boolean> {
    if (!this.#isOpen || this.#isOver) return false;
    const frame = encodeFrame(message);
    if (this.#socket.writableLength + frame.length > MOST_UNSENT_BYTES) {
      this.#over(stalled('read', 'the node does not read what it is sent'));
      return false;
    }
    this.#arm('write', this.#options.frameTimeoutMs);
    return new Promise((resolve) => {
      this.#socket.write(frame, (error) => {
        if (this.#socket.writableLength === 0) this.#disarm('write');
        // Node gives null or undefined for what went well.
        resolve(error === undefined || error === null);
      });
    });
  }

  /** Ends the connection from this side. */
  close(): void {
    this.#over(closed(new Error('the miner ended it')));
  }

  #opened(): void {
    this.#isOpen = true;
    this.#disarm('connect');
    this.#heard();
    const { greeting } = this.#options;
    if (greeting !== undefined)
      void this.send({ type: 'Handshake', protocolVersion: 1, timestamp: this.#nowS(), ...greeting });
    this.#listener.onOpen();
  }

  #take(piece: Buffer): void {
    const now = this.#clock.monotonicMs();
    this.#inflow.bytes.count(piece.length, now);
    this.#heard();
    for (const incoming of this.#frames.push(piece)) {
      this.#disarm('frame');
      this.#inflow.messages.count(1, now);
      if (incoming.kind === 'message') this.#hear(incoming.message);
      else this.#refuse(incoming.error);
      if (this.#isOver) return;
    }
    // From the first byte on: bytes that drip in do not put it off.
    if (this.#frames.isWithinFrame && !this.#timers.has('frame')) this.#arm('frame', this.#options.frameTimeoutMs);
  }

  #hear(message: NodeMessage): void {
    if (message.type === 'Ping') void this.send({ type: 'Pong', nonce: message.nonce, timestamp: this.#nowS() });
    if (message.type === 'Handshake') void this.send({ type: 'HandshakeAck' });
    this.#listener.onMessage(message);
  }

  #refuse(error: HeadframeError): void {
    this.#refused += 1;
    if (this.#refused > MOST_REFUSED) this.#over(error);
  }

  #heard(): void {
    this.#arm('silence', this.#options.silenceMs);
    const { pingAfterMs } = this.#options;
    if (pingAfterMs === undefined) return;
    this.#disarm('ping');
    this.#timers.set(
      'ping',
      this.#clock.setTimer(() => void this.#ping(), pingAfterMs),
    );
  }

  #ping(): Promise<boolean> {
    this.#pings += 1n;
    return this.send({ type: 'Ping', nonce: this.#pings, timestamp: this.#nowS() });
  }

  #nowS(): bigint {
    return BigInt(Math.floor(this.#clock.nowMs() / 1000));
  }

  #guard(work: () => void): void {
    if (this.#isOver) return;
    try {
      work();
    } catch (error) {
      this.#over(toHeadframeError(error));
    }
  }

  #arm(what: keyof typeof STALLS, delayMs: number): void {
    this.#disarm(what);
    this.#timers.set(
      what,
      this.#clock.setTimer(() => this.#over(stalled(what, STALLS[what])), delayMs),
    );
  }

  #disarm(what: string): void {
    this.#timers.get(what)?.();
    this.#timers.delete(what);
  }

  #over(why: HeadframeError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const what of [...this.#timers.keys()]) this.#disarm(what);
    this.#socket.on('error', () => undefined);
    this.#socket.destroy();
    this.#end(why);
  }
}

const STALLS = {
  connect: 'the node does not take the connection',
  frame: 'the node stopped within a frame',
  silence: 'the node says nothing any more',
  write: 'the node does not take what it is sent',
  read: 'the node does not read what it is sent',
};

function stalled(what: keyof typeof STALLS, message: string): HeadframeError {
  return new HeadframeError({ code: 'deadline_exceeded', reason: 'space_node_stalled', message, metadata: { what } });
}

function closed(cause?: Error): HeadframeError {
  const message = `the connection ended${cause === undefined ? '' : `: ${cause.message}`}`;
  return new HeadframeError({ code: 'unavailable', reason: 'space_node_closed', message, cause });
}

function unreached(cause: Error, socket: Socket): HeadframeError {
  // Null, whatever its type says, where there was no certificate to be judged: https://nodejs.org/api/tls.html#tlssocketauthorizationerror
  const judged = socket instanceof TLSSocket ? (socket.authorizationError as unknown) : undefined;
  if (judged instanceof Error || typeof judged === 'string') {
    const message = `the node could not show that it is the one meant: ${cause.message}`;
    return new HeadframeError({ code: 'unauthenticated', reason: 'space_node_untrusted', message, cause });
  }
  const message = `the node cannot be reached: ${cause.message}`;
  return new HeadframeError({ code: 'unavailable', reason: 'space_node_unreachable', message, cause });
}
