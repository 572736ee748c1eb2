import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Certificates } from '../../../common/rpc/index.js';
import { framed } from './wire-bytes.js';

const FRAME_HEAD = 5;

/** What a stream tells its owner. */
export interface GrpcStreamEvents {
  readonly onMessage: (message: Uint8Array) => void;
  /** Once, when nothing will come any more; the text is the server's word for why, where it gave one. */
  readonly onEnd: (why: string) => void;
}

/** What a call goes over. */
export interface StreamWay {
  readonly session?: ClientHttp2Session | undefined;
  readonly proof?: SecureContext | undefined;
}

/** What certificates prove, to be made once: it takes longer than a handshake. Undefined without any, for speaking in clear. */
export function proofBy(certificates: Certificates | undefined): SecureContext | undefined {
  if (certificates === undefined) return undefined;
  const { certificate: cert, key, authorities: ca } = certificates;
  return createSecureContext({ cert, key, ca, minVersion: 'TLSv1.3' });
}

/** A connection for gRPC, by mutual TLS 1.3 with this proof, in clear without any. */
export function connectHttp2(address: string, proof: SecureContext | undefined): ClientHttp2Session {
  return proof === undefined ? connect(`http://${address}`) : connect(`https://${address}`, { secureContext: proof });
}

/**
 * One gRPC call, by default on a connection of its own, written by hand on node:http2: half the cost of a real client,
 * of which thousands have to fit on the machine beside what they measure.
 */
export class GrpcStream {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #events: GrpcStreamEvents;
  readonly #isShared: boolean;
  #rest: Buffer | undefined;
  #why = '';
  #ended = false;

  /**
   * Calls over a session where several share one, which is closed by whoever opened it; else over a connection of its own,
   * by mutual TLS with this proof, in clear without any.
   */
  constructor(address: string, path: string, events: GrpcStreamEvents, way: StreamWay = {}) {
    this.#events = events;
    this.#isShared = way.session !== undefined;
    this.#session = way.session ?? connectHttp2(address, way.proof);
    if (!this.#isShared)
      this.#session.on('error', (error: Error) => {
        this.#end(error.message);
      });
    this.#stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    this.#stream.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    const note = (headers: object): void => {
      if ('grpc-message' in headers) this.#why = decodeURIComponent(String(headers['grpc-message']));
    };
    this.#stream.on('response', note).on('trailers', note);
    this.#stream.on('error', (error: Error) => {
      this.#end(error.message);
    });
    // The status has come, or never will; a real client hangs up, too.
    const over = (): void => {
      this.#end(this.#why);
    };
    this.#stream.on('end', over).on('close', over);
  }

  /** Sends a message; the bytes are copied. */
  send(message: Uint8Array): void {
    if (!this.#ended) this.#stream.write(framed(message));
  }

  /** Sends a message; resolves once it is on its way, which the server may put off, with whether the call goes on. */
  written(message: Uint8Array): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#stream.write(framed(message), () => {
        resolve(!this.#ended);
      });
    });
  }

  /** Says that nothing more will be sent. */
  finish(): void {
    this.#stream.end();
  }

  /** Breaks the connection, or leaves the call where the connection is shared. */
  close(): void {
    this.#end('closed here');
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#isShared) this.#stream.close();
    else this.#session.destroy();
    this.#events.onEnd(why);
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      this.#events.onMessage(bytes.subarray(at + FRAME_HEAD, end));
      at = end;
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at);
  }
}
