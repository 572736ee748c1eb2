import type { OutputChunk } from '../runtime.js';

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes the engine's multiplexed output apart: frames of an 8-byte header (stream, length) and their bytes, cut at
 * arbitrary places. Reads on only when the receiver does, and hands a long frame over in the pieces it comes in.
 */
export async function* demultiplex(stream: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  const frame = new Frame();
  for await (const bytes of stream) {
    let rest = bytes;
    while (rest.length > 0) {
      if (frame.bytesLeft === 0) {
        rest = frame.takeHeader(rest);
        continue;
      }
      const data = rest.subarray(0, frame.bytesLeft);
      yield chunk(frame.stream, data);
      frame.bytesLeft -= data.length;
      rest = rest.subarray(data.length);
    }
  }
}

class Frame {
  stream: OutputChunk['stream'] = 'stdout';
  bytesLeft = 0;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;

  /** Takes what belongs to the header and gives the rest back; once the header is whole the frame is known. */
  takeHeader(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, HEADER_BYTES - this.#headerBytes);
    this.#header.set(part, this.#headerBytes);
    this.#headerBytes += part.length;
    if (this.#headerBytes === HEADER_BYTES) {
      this.#headerBytes = 0;
      this.stream = this.#header[0] === STDERR ? 'stderr' : 'stdout';
      this.bytesLeft = this.#header.readUInt32BE(4);
    }
    return bytes.subarray(part.length);
  }
}

/** Output of a terminal: no frames, and both streams are one. */
export async function* plainOutput(stream: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  for await (const bytes of stream) yield chunk('stdout', bytes);
}

/** Copies: the bytes are the receiver's to keep, the stream's buffer is not. */
function chunk(stream: OutputChunk['stream'], bytes: Uint8Array): OutputChunk {
  return { stream, data: Uint8Array.from(bytes) };
}
