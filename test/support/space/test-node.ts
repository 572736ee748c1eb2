// Written from the protocol alone: it shares no code with the miner, so that it can disagree.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { digest, judgeBlock, seeProof } from './test-node-rules.js';
import type { SeenProof, SeenTip } from './test-node-rules.js';

/** A proof that came, and for which height. */
export interface Submission {
  readonly height: number;
  readonly minerId: Buffer;
  /** What had to be answered. */
  readonly challenge: Buffer;
  readonly proof: SeenProof;
}

/** What a node shows of itself with TLS: PEM. */
export interface NodeCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A frame around a payload. */
export function frameOf(code: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32LE(payload.length + 1);
  head[4] = code;
  return Buffer.concat([head, payload]);
}

/** Does something to a connection in place of a node's work; without it the node works. */
export type Misdeed = (socket: Socket) => void;

/** A small node that judges proofs and blocks, and builds its chain of the blocks that it accepts. */
export class TestNode {
  readonly submissions: Submission[] = [];
  /** Heights of blocks that it took. */
  readonly accepted: number[] = [];
  /** Hashes of the transactions of each block that it took. */
  readonly blocks: (readonly string[])[] = [];
  /** What was wrong with what it was sent. */
  readonly wrongs: string[] = [];
  /** Codes of the messages that came, and how often. */
  readonly codes = new Map<number, number>();
  connections = 0;
  /** For the next connections, one each. */
  readonly misdeeds: Misdeed[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #blocks = new Map<string, Buffer>();
  readonly #mostHeight: number;
  #tip: SeenTip;

  constructor(server: Server, difficulty: bigint, mostHeight: number) {
    this.#server = server;
    this.#mostHeight = mostHeight;
    this.#tip = this.#begin(40, difficulty);
  }

  /** Listens on loopback, with TLS where it has a certificate; the chain stands at height 40 and is told of no further than `mostHeight`. */
  static async start(difficulty: bigint, mostHeight = 43, certificate?: NodeCertificate): Promise<TestNode> {
    const server = certificate === undefined ? createServer() : createTlsServer(certificate);
    const node = new TestNode(server, difficulty, mostHeight);
    server.on(certificate === undefined ? 'connection' : 'secureConnection', (socket: Socket) => node.#welcome(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return node;
  }

  get address(): { readonly host: string; readonly port: number } {
    // A server on a port has this address.
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  get height(): number {
    return this.#tip.height;
  }

  /** Sends to every connection. */
  say(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** Takes a block of somebody else, and tells of it. */
  takeFromElsewhere(): void {
    this.#tip = this.#begin(this.#tip.height + 1, this.#tip.difficulty);
    this.say(this.tipFrame);
  }

  /** Ends all connections. */
  drop(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** The message that says where the chain stands. */
  get tipFrame(): Buffer {
    const height = Buffer.alloc(8);
    height.writeBigInt64LE(BigInt(this.#tip.height));
    return frameOf(0x41, Buffer.concat([this.#tip.hash, height]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** A block of nobody. */
  #begin(height: number, difficulty: bigint): SeenTip {
    const block = Buffer.alloc(294 + 121);
    block[0] = 1;
    block.writeBigInt64LE(BigInt(height), 33);
    block.writeBigInt64LE(difficulty, 49);
    block.writeBigInt64LE(1n, 294 + 44 + 4);
    const hash = digest(block.subarray(0, 226));
    this.#blocks.set(hash.toString('hex'), block);
    return { hash, height, difficulty };
  }

  #welcome(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A miner that leaves a bad node does so at once.
    socket.on('error', () => undefined);
    const misdeed = this.misdeeds.shift();
    if (misdeed === undefined) this.#serve(socket);
    else misdeed(socket);
  }

  #serve(socket: Socket): void {
    let held = Buffer.alloc(0);
    socket.on('data', (piece) => {
      held = Buffer.concat([held, piece]);
      while (held.length >= 4 && held.length >= 4 + held.readInt32LE(0)) {
        const end = 4 + held.readInt32LE(0);
        this.#hear(socket, held[4] ?? 0, held.subarray(5, end));
        held = held.subarray(end);
      }
    });
    socket.write(this.tipFrame);
  }

  #hear(socket: Socket, code: number, payload: Buffer): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    try {
      if (code === 0x40) this.#submitted(payload);
      else if (code === 0x23) this.#mined(payload);
      else if (code === 0x22) this.#asked(socket, payload);
      else if (code === 0x01) this.#greeted(payload);
      else if (code !== 0x05 && code !== 0x04 && code !== 0x02) this.wrongs.push(`code ${String(code)}`);
    } catch (error) {
      this.wrongs.push(String(error));
    }
  }

  #submitted(payload: Buffer): void {
    const [height, minerId] = [Number(payload.readBigInt64LE(0)), payload.subarray(8, 41)];
    const proof = seeProof(payload.subarray(45));
    if (payload.readInt32LE(41) !== proof.bytes || payload.length !== 45 + proof.bytes) throw new Error('length');
    if (height !== this.#tip.height + 1) throw new Error(`a proof for ${String(height)}`);
    const challenge = digest(this.#tip.hash, payload.subarray(0, 8));
    this.submissions.push({ height, minerId, challenge, proof });
  }

  #mined(bytes: Buffer): void {
    const verdict = judgeBlock(bytes, this.#tip, Math.floor(Date.now() / 1000));
    if ('wrong' in verdict) throw new Error(verdict.wrong);
    this.#tip = { ...this.#tip, hash: verdict.hash, height: this.#tip.height + 1 };
    this.#blocks.set(verdict.hash.toString('hex'), bytes);
    this.blocks.push(verdict.transactions.map((one) => one.toString('hex')));
    this.accepted.push(this.#tip.height);
    if (this.#tip.height <= this.#mostHeight) this.say(this.tipFrame);
  }

  #asked(socket: Socket, hash: Buffer): void {
    const block = this.#blocks.get(hash.toString('hex'));
    if (block !== undefined) socket.write(frameOf(0x23, block));
  }

  #greeted(payload: Buffer): void {
    if (payload.readInt32LE(0) !== 1) throw new Error('version of the handshake');
    const name = payload.readInt32LE(12);
    const agent = payload.readInt32LE(16 + name);
    if (name < 1 || agent < 1 || payload.length !== 20 + name + agent) throw new Error('texts of the handshake');
  }
}
