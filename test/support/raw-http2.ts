import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Certificates } from '../../common/rpc/index.js';

/** Types of HTTP/2 frames (RFC 9113, section 6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, window: 8, more: 9 } as const;
/** Flags of frames. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** A connection on which a test says any bytes that it likes, and keeps what comes back. */
export class RawHttp2 {
  readonly socket: Socket;
  /** What the other side has said so far, frame by frame. */
  readonly frames: { readonly type: number; readonly flags: number; readonly body: Buffer }[] = [];
  readonly closed: Promise<void>;
  #rest = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.#read(bytes);
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  /** Connects over TLS, with these certificates if any; nothing of HTTP/2 is said yet. */
  static async open(port: number, proof?: Pick<Certificates, 'certificate' | 'key'>): Promise<RawHttp2> {
    const own = proof && { cert: proof.certificate, key: proof.key };
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'], ...own });
    await once(socket, 'secureConnect');
    return new RawHttp2(socket);
  }

  /** Connects without TLS. */
  static async openPlain(port: number): Promise<RawHttp2> {
    const socket = connectPlain(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawHttp2(socket);
  }

  /** Says the preface and empty settings. */
  greet(): this {
    this.socket.write(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]));
    return this;
  }

  send(...frames: readonly Buffer[]): boolean {
    return this.socket.write(Buffer.concat(frames));
  }

  /** Sends again and again until the connection is closed; resolves with how often. */
  async flood(frames: (turn: number) => Buffer, most: number): Promise<number> {
    let turn = 0;
    for (; turn < most && !this.socket.destroyed && this.socket.writable; turn += 1)
      if (!this.socket.write(frames(turn)))
        await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.closed]);
    return turn;
  }

  /** Whether such a frame has come. */
  got(type: number): boolean {
    return this.frames.some((one) => one.type === type);
  }

  close(): void {
    this.socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) return;
      const [type = 0, flags = 0] = this.#rest.subarray(3, 5);
      this.frames.push({ type, flags, body: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** One frame. */
export function frame(type: number, flags: number, stream: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A block of headers as HPACK writes them when it saves nothing (RFC 7541, 6.2.2). */
function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  const parts = headers.map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)]));
  return Buffer.concat(parts);
}

/** What a gRPC client says first of a call, and further headers. */
export function callHeaders(path: string, ...more: readonly (readonly [string, string])[]): Buffer {
  return headerBlock([
    [':method', 'POST'],
    [':scheme', 'https'],
    [':path', path],
    [':authority', 'coordinator'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...more,
  ]);
}

/** The frame that begins a call. */
export function callFrame(stream: number, path: string): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders, stream, callHeaders(path));
}

function text(value: string): Buffer {
  return Buffer.concat([integer(value.length), Buffer.from(value, 'latin1')]);
}

/** An integer with a prefix of seven bits (RFC 7541, 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.of(...bytes, rest);
}
