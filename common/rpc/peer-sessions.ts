import { connect as connectHttp2, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { splitAddress } from '../model/address.js';
import type { Clock } from '../model/clock.js';
import { HeadframeError } from '../model/error.js';
import { tlsTermsOf } from './channel-credentials.js';
import { Patience } from './patience.js';
import type { CertificateSource, Certificates } from './security.js';

/** Where calls are handed to, and how this server proves itself there. */
export interface PeerSessionsParts {
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  /** Connections at once: few enough that handed-on calls leave most of what one address may have to others. */
  readonly most: number;
  /** `host:port` at this moment; undefined where nobody is known to take calls. */
  readonly target: () => string | undefined;
  /** Undefined to speak in clear. */
  readonly source: Pick<CertificateSource, 'current'> | undefined;
  /** Told after each try to connect what it failed with, if it did. */
  readonly onConnect: (address: string, error: unknown) => void;
}

/** A connection, lent for one call. */
export interface LentSession {
  /** Makes the call, at whose end the connection is given back; undefined where it was lost, or is being left. */
  open(headers: OutgoingHttpHeaders, options?: { readonly endStream: boolean }): ClientHttp2Stream | undefined;
  /** Gives it back, once, where no call is made. */
  release(): void;
}

/** Calls on one connection at once: a tenth of what a server takes. */
const MOST_CALLS = 100;
/**
 * Servers end a connection with all of its calls when more of them are reset: nghttp2 bears 1,000 at once and 33 a second. One is left
 * for another long before, so that who gives up many calls ends nobody else's.
 */
const RESETS = { burst: 500, perSecond: 25 };
/** Times in milliseconds. */
const CONNECT_MS = 5_000;
const LOOK_MS = 1_000;
/** In looks: a connection that has not answered a ping for so long is dead. */
const LOOKS_A_PING = 15;
/** Also in looks: what still runs on a connection to somebody who was left has so long to end. */
const LOOKS_OF_GRACE = 5;
/** In megabytes: what waits to be read by slow callers, 64 KiB for each of them, and some more. */
const SESSION_MEMORY = 32;

interface Held {
  readonly session: ClientHttp2Session;
  readonly address: string;
  readonly certificates: Certificates | undefined;
  /** For calls that are given up on it. */
  readonly patience: Patience;
  calls: number;
  looks: number;
  /** In looks; undefined until it was left. */
  leftAt: number | undefined;
  isPinging: boolean;
}

/**
 * Connections to the one that calls are handed to: made when they are needed, shared by calls, left when another is to be called or
 * the own certificate was renewed, and ended when the other side has fallen silent.
 */
export class PeerSessions {
  readonly #parts: PeerSessionsParts;
  readonly #held = new Set<Held>();
  #connecting: { readonly address: string; readonly done: Promise<void> } | undefined;
  #stopTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: PeerSessionsParts) {
    this.#parts = parts;
  }

  /** A connection with room for a call. Throws `HeadframeError`: unavailable, or 'hand_on_full' (resource_exhausted). */
  async lend(): Promise<LentSession> {
    for (;;) {
      const address = this.#isClosed ? undefined : this.#parts.target();
      if (address === undefined) throw unreachable('nobody is known to take calls');
      const certificates = this.#parts.source?.current();
      this.#leaveOthers(address, certificates);
      const one = [...this.#held].find((held) => held.leftAt === undefined && held.calls < MOST_CALLS);
      if (one !== undefined) return lent(one, this.#parts.clock);
      if (this.#held.size >= this.#parts.most) throw full(this.#parts.most);
      await this.#connected(address, certificates).catch((error: unknown) => {
        if (this.#parts.target() === address) throw error;
      });
    }
  }

  /** Ends all connections at once; lends none any more. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
    for (const { session } of this.#held) session.destroy();
  }

  /** One at a time, but for whoever is to be called no more and may be a while in not answering. */
  #connected(address: string, certificates: Certificates | undefined): Promise<void> {
    if (this.#connecting?.address === address) return this.#connecting.done;
    const connecting = { address, done: this.#connect(address, certificates) };
    this.#connecting = connecting;
    const over = (): void => {
      if (this.#connecting === connecting) this.#connecting = undefined;
    };
    connecting.done.then(over, over);
    return connecting.done;
  }

  async #connect(address: string, certificates: Certificates | undefined): Promise<void> {
    const { onConnect, clock } = this.#parts;
    try {
      const socket = await connected(address, certificates, clock);
      const session = connectHttp2(`${certificates === undefined ? 'http' : 'https'}://${address}`, {
        createConnection: () => socket,
        settings: { enablePush: false },
        maxSessionMemory: SESSION_MEMORY,
      });
      const patience = new Patience(RESETS, clock.monotonicMs());
      this.#hold({ session, address, certificates, patience, calls: 0, looks: 0, leftAt: undefined, isPinging: false });
      onConnect(address, undefined);
    } catch (error) {
      onConnect(address, error);
      throw unreachable(error instanceof Error ? error.message : String(error));
    }
  }

  #hold(held: Held): void {
    const { session } = held;
    // Its calls are told of it by themselves.
    session.on('error', () => undefined);
    session.once('goaway', () => {
      held.leftAt ??= held.looks;
    });
    session.once('close', () => {
      this.#held.delete(held);
    });
    if (this.#isClosed) {
      session.destroy();
      return;
    }
    this.#held.add(held);
    this.#look();
  }

  #leaveOthers(address: string | undefined, certificates: Certificates | undefined): void {
    for (const held of this.#held) {
      if (held.address === address && held.certificates === certificates && !held.session.closed) continue;
      leave(held);
    }
  }

  /** Goes on while there is a connection. */
  #look(): void {
    this.#stopTimer ??= this.#parts.clock.setTimer(() => {
      this.#stopTimer = undefined;
      const address = this.#parts.target();
      this.#leaveOthers(address, this.#parts.source?.current());
      for (const held of this.#held) tend(held, address);
      if (this.#held.size > 0 && !this.#isClosed) this.#look();
    }, LOOK_MS);
  }
}

function tend(held: Held, address: string | undefined): void {
  held.looks += 1;
  const { session, leftAt, looks } = held;
  // Whoever leads no more has told its callers within this time, or cannot.
  if (held.address !== address && leftAt !== undefined && looks - leftAt >= LOOKS_OF_GRACE) session.destroy();
  if (looks % LOOKS_A_PING !== 0 || session.destroyed) return;
  if (held.isPinging) {
    session.destroy();
    return;
  }
  held.isPinging = true;
  session.ping(() => {
    held.isPinging = false;
  });
}

/** It takes no more calls, and ends with the last that it has. */
function leave(held: Held): void {
  if (held.leftAt !== undefined) return;
  held.leftAt = held.looks;
  held.session.close();
}

function lent(held: Held, clock: Pick<Clock, 'monotonicMs'>): LentSession {
  held.calls += 1;
  const release = (): void => {
    held.calls -= 1;
  };
  return {
    release,
    open: (headers, options = { endStream: false }) => {
      const stream = opened(held.session, headers, options);
      if (stream === undefined) release();
      stream?.once('close', () => {
        release();
        if (!isWhole(stream) && !held.patience.spend(1, clock.monotonicMs())) leave(held);
      });
      return stream;
    },
  };
}

function opened(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  options: { readonly endStream: boolean },
): ClientHttp2Stream | undefined {
  try {
    const stream = session.request(headers, options);
    // What befalls it is told by its end as well.
    stream.on('error', () => undefined);
    return stream;
  } catch {
    // It was lost, or is being left, and nobody has been told yet.
    return undefined;
  }
}

/** Whether both sides have said all that they had to say, so that nobody had to reset it. */
function isWhole({ rstCode, readableEnded, writableFinished }: ClientHttp2Stream): boolean {
  return rstCode === constants.NGHTTP2_NO_ERROR && readableEnded && writableFinished;
}

function connected(
  address: string,
  certificates: Certificates | undefined,
  clock: Pick<Clock, 'setTimer'>,
): Promise<Socket> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve, reject) => {
    const socket = certificates === undefined ? connectPlain({ host, port }) : secured(host, port, certificates);
    socket.setNoDelay(true);
    const stop = clock.setTimer(() => {
      socket.destroy(new Error('the connection was not there in time'));
    }, CONNECT_MS);
    socket.once('close', () => {
      stop();
      reject(new Error('the connection was closed during its handshake'));
    });
    socket.once('error', reject);
    socket.once(certificates === undefined ? 'connect' : 'secureConnect', () => {
      stop();
      resolve(socket);
    });
  });
}

/** Whoever answers has to be known by the authority of the fleet, and by the name that is called. */
function secured(host: string, port: number, { certificate, key, authorities }: Certificates): Socket {
  return connectTls({ ...tlsTermsOf(host), port, cert: certificate, key, ca: authorities });
}

function unreachable(why: string): HeadframeError {
  const message = `calls cannot be handed on: ${why}`;
  return new HeadframeError({ code: 'unavailable', reason: 'hand_on_failed', message });
}

function full(most: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'hand_on_full',
    message: `${String(most * MOST_CALLS)} are handed on at once already`,
    remedy: 'Try again later, or call the coordinator that leads.',
  });
}
