import { HeadframeError } from '../../../../common/model/error.js';
import { malformed } from '../format/byte-reader.js';
import { payloadReader } from './message-reader.js';
import { MOST_FRAME_BYTES } from './message-writer.js';
import { ERROR_CODE } from './message.js';
import type { NodeMessage } from './message.js';

/** A frame that came whole: a message, or why its payload is none, which costs the stream nothing. */
export type Incoming =
  | { readonly kind: 'message'; readonly message: NodeMessage }
  | { readonly kind: 'refused'; readonly code: number; readonly error: HeadframeError };

const LENGTH_BYTES = 4;
const LEAST_ROOM = 64;

/**
 * Cuts a stream into messages, whatever pieces it comes in. Length and type are looked at before the payload, and room is taken for bytes
 * that have come, never for those that are promised: twice as much at most.
 */
export class FrameReader {
  #held = Buffer.alloc(0);
  #used = 0;
  /** Of the stream, at the start of the frame. */
  #offset = 0;

  /** Whether a frame has begun and not ended. */
  get isWithinFrame(): boolean {
    return this.#used > 0;
  }

  /**
   * The frames that end in a piece. Throws `HeadframeError` (data_loss, 'space_message_malformed') whose `metadata.fault` is bad_length or
   * unknown_type: behind these nobody knows where the next frame begins, so that the stream is over.
   */
  *push(piece: Uint8Array): Generator<Incoming, void> {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    while (rest.length > 0) {
      const taken = Math.min(rest.length, this.#wanted() - this.#used);
      this.#keep(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      this.#checkHead();
      if (this.#used > LENGTH_BYTES && this.#used === this.#wanted()) yield this.#finish();
    }
  }

  /** Takes the end of the stream. Throws like `push`, with fault incomplete_length, incomplete_type or incomplete_payload within a frame. */
  end(): void {
    if (this.#used === 0) return;
    const parts = ['length', 'type', 'payload'];
    const part = parts[Math.max(0, Math.min(2, this.#used - LENGTH_BYTES + 1))] ?? 'length';
    throw this.#fault(`incomplete_${part}`, `the stream ends within the ${part} of a frame`);
  }

  /** Bytes of the frame up to where it is looked at next. */
  #wanted(): number {
    if (this.#used < LENGTH_BYTES) return LENGTH_BYTES;
    return this.#used === LENGTH_BYTES ? LENGTH_BYTES + 1 : LENGTH_BYTES + this.#length();
  }

  #length(): number {
    return this.#held.readInt32LE(0);
  }

  #checkHead(): void {
    if (this.#used === LENGTH_BYTES) {
      const length = this.#length();
      if (length < 1 || length > MOST_FRAME_BYTES)
        throw this.#fault(
          'bad_length',
          `a frame of ${String(length)} bytes, where 1 to ${String(MOST_FRAME_BYTES)} are allowed`,
        );
    }
    if (this.#used !== LENGTH_BYTES + 1) return;
    const code = this.#code();
    if (code !== ERROR_CODE && payloadReader(code) === undefined)
      throw this.#fault('unknown_type', `no message has the code ${String(code)}`);
  }

  #code(): number {
    return this.#held.readUInt8(LENGTH_BYTES);
  }

  #finish(): Incoming {
    const incoming = this.#read(this.#held.subarray(LENGTH_BYTES + 1, this.#used));
    this.#offset += this.#used;
    this.#used = 0;
    // What a large frame took is not kept for small ones.
    this.#held = Buffer.alloc(0);
    return incoming;
  }

  #read(payload: Buffer): Incoming {
    const code = this.#code();
    const read = payloadReader(code);
    try {
      if (read !== undefined) return { kind: 'message', message: read(payload) };
      return { kind: 'refused', code, error: this.#fault('bad_payload', 'the node reports an error') };
    } catch (error) {
      if (error instanceof HeadframeError) return { kind: 'refused', code, error };
      throw error;
    }
  }

  #keep(bytes: Buffer): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#held.length) {
      const grown = Buffer.alloc(Math.max(needed, Math.min(2 * needed, this.#wanted()), LEAST_ROOM));
      this.#held.copy(grown, 0, 0, this.#used);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#used);
    this.#used = needed;
  }

  #fault(fault: string, text: string): HeadframeError {
    return malformed('space_message_malformed', { fault, offset: this.#offset, text });
  }
}
