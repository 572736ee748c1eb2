import type { Writable } from 'node:stream';
import type { ReplyHead } from './reply-head.js';

/** Something that a model is asked. */
export interface Question {
  /** Name of the miner. */
  readonly model: string;
  readonly verb: 'GET' | 'POST';
  readonly path: '/api/chat' | '/health' | '/info';
  /** Those that are passed on, in lower case; no others are. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that can be sent again elsewhere, or a stream, of which nothing is read before an instance takes it. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** Where an answer goes. */
export interface Answering {
  /** The answer begins; what comes of it is written to what is given back. Called once at most. */
  begin(head: ReplyHead, instance: string): Writable;
  /** How long it may leave what is written unread, in milliseconds. */
  readonly stallMs: number;
}

/** How long questions may take and how large they may be; see the configuration. */
export interface AskTerms {
  readonly replyBytes: number;
  readonly headMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
  readonly maxOutstanding: number;
}
