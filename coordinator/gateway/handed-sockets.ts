import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { HandedConnection } from '../../common/rpc/index.js';

/** A connection that another coordinator hands on, such that it is served like a socket from whoever made it. */
export class HandedSocket extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly via: string;
  readonly isPrivate: boolean;
  readonly #stream: HandedConnection['stream'];

  constructor({ stream, peer, via, isPrivate }: HandedConnection) {
    super();
    const [, host = peer, port = '0'] = /^(.*):(\d+)$/.exec(peer) ?? [];
    [this.remoteAddress, this.remotePort] = [host, Number(port)];
    [this.via, this.isPrivate, this.#stream] = [via, isPrivate, stream];
    // What befalls it is told by its end as well.
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.once('end', () => this.push(null));
    stream.once('close', () => this.destroy());
    stream.on('timeout', () => this.emit('timeout'));
  }

  /** As that of a socket: 'timeout' is told when nothing was said for so long, in milliseconds; 0 for never. */
  setTimeout(ms: number, listener?: () => void): this {
    this.#stream.setTimeout(ms);
    if (listener !== undefined) this.once('timeout', listener);
    return this;
  }

  /** As that of a socket: ends it for both sides once all that was written is out. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#stream.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.destroy();
    done(error);
  }
}

/** Whether nobody in between can read or change what is said on it, and which coordinator handed it on, if one did. */
export function waysOf(socket: Socket): { readonly isPrivate: boolean; readonly via?: string } {
  // Whatever a server is given to serve is a socket to its requests.
  const given: Duplex = socket;
  if (given instanceof HandedSocket) return { isPrivate: given.isPrivate, via: given.via };
  return { isPrivate: given instanceof TLSSocket };
}
