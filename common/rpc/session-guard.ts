import { constants } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../model/clock.js';
import { PATIENCE, Patience, TROUBLE } from './patience.js';
import type { PatienceTerms } from './patience.js';
import { waitInTurns } from './turns.js';

/** What a connection may do until a call on it has proven who is there. */
export interface StrangerLimits {
  /** In milliseconds, of turns of a second each: time in which the server is busy does not count. */
  readonly stayMs: number;
  /** In bytes, of all that it sends. */
  readonly bytes: number;
}

/** Enough for any join; a host or person proves itself in its first call. */
const STRANGER_LIMITS: StrangerLimits = { stayMs: 20_000, bytes: 256 * 1024 };

/** Why a connection was dropped. */
export type DropReason = 'unproven_too_long' | 'unproven_too_much' | 'too_much_trouble';

/** What a guard watches and whom it tells. */
export interface SessionGuardParts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  readonly strangers?: StrangerLimits | undefined;
  readonly patience?: PatienceTerms | undefined;
  /** Told once, before the connection goes. */
  readonly onDropped: (dropped: { readonly peer: string; readonly reason: DropReason }) => void;
}

/** Time for the farewell to leave, in milliseconds; whoever does not read it goes without. */
const FAREWELL_MS = 500;

/** Watches one connection, unproven → proven, and drops it when it makes too much trouble or proves nothing. */
export class SessionGuard {
  /** Address and port of the other side; `unknown` on unix sockets. */
  readonly peer: string;
  /** DER of the certificate that the other side has shown, if any. */
  readonly certificate: Buffer | undefined;
  readonly isPrivate: boolean;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #parts: SessionGuardParts;
  readonly #patience: Patience;
  #stopTimer: () => void = () => undefined;
  #proven = false;
  #trusted = false;
  #dropped = false;

  constructor(session: ServerHttp2Session, socket: Socket, parts: SessionGuardParts) {
    this.#session = session;
    this.#socket = socket;
    this.#parts = parts;
    this.#patience = new Patience(parts.patience ?? PATIENCE, parts.clock.monotonicMs());
    this.peer = peerOf(socket);
    // Asked for once: it is parsed anew each time.
    this.certificate = socket instanceof TLSSocket ? certificateOf(socket) : undefined;
    this.isPrivate = socket instanceof TLSSocket;
    session.on('ping', () => {
      this.trouble('ping');
    });
    session.on('remoteSettings', () => {
      this.trouble('settings');
    });
    session.once('close', () => {
      this.#stopTimer();
    });
    const { stayMs, bytes } = this.#strangers;
    this.#stopTimer = waitInTurns(parts.clock, stayMs, {
      atTurn: () => {
        if (socket.bytesRead > bytes) this.#drop('unproven_too_much');
      },
      atEnd: () => {
        this.#drop(socket.bytesRead > bytes ? 'unproven_too_much' : 'unproven_too_long');
      },
    });
  }

  /** Whether it was dropped here. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** Unproven → proven: somebody known has made a call. */
  prove(): void {
    this.#proven = true;
    this.#stopTimer();
  }

  /** It is a coordinator's, for the calls of many: where they call, each of them is held to what it does. */
  trust(): void {
    this.#trusted = true;
    this.prove();
  }

  /** Something was done in vain; too much of it ends the connection. */
  trouble(kind: keyof typeof TROUBLE): void {
    if (this.#trusted) return;
    if (!this.#patience.spend(TROUBLE[kind], this.#parts.clock.monotonicMs())) this.#drop('too_much_trouble');
    else if (!this.#proven && this.#socket.bytesRead > this.#strangers.bytes) this.#drop('unproven_too_much');
  }

  get #strangers(): StrangerLimits {
    return this.#parts.strangers ?? STRANGER_LIMITS;
  }

  #drop(reason: DropReason): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#stopTimer();
    this.#parts.onDropped({ peer: this.peer, reason });
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    const stop = this.#parts.clock.setTimer(() => this.#socket.destroy(), FAREWELL_MS);
    this.#socket.once('close', stop);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  if (remoteAddress === undefined) return 'unknown';
  return remotePort === undefined ? remoteAddress : `${remoteAddress}:${String(remotePort)}`;
}

function certificateOf(socket: TLSSocket): Buffer | undefined {
  // Without a certificate the object is empty, whatever its type says.
  const { raw }: { readonly raw?: Buffer } = socket.getPeerCertificate();
  return raw;
}
