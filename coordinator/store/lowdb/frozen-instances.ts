import type { InstanceRecord } from '../../../common/model/instance.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { FRAME_HEADER_BYTES, sealFrame, writeFrame } from './frame.js';
import type { InstanceDecoder } from './instance-codec.js';

/** Size of a chunk of records, unless one record needs more; each begins below it. About a millisecond to copy. */
export const CHUNK_BYTES = 256 * 1024;

/** Bytes that tell a record's length, before it. */
export const LENGTH_BYTES = 4;

/** Where records lie: for each, its serial, and the number of its chunk × CHUNK_BYTES + its offset there. */
export interface RecordPlaces {
  readonly serials: Float64Array;
  readonly places: Float64Array;
  readonly chunks: readonly (Buffer | undefined)[];
}

/** The texts that the records refer to by number. */
export interface RecordTexts {
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

/** Whoever keeps the records, and keeps them in the copies from now on. */
export interface RecordKeeper {
  /** Takes in a frame whose payload is going to be copies; answers the number of the chunk. */
  addCopy(frame: Buffer): number;
  move(serial: number, from: number, to: number): void;
  release(chunks: RecordPlaces['chunks']): void;
}

/** Instances as of one moment, in their binary form; each iteration reads them anew. */
export class FrozenInstances implements Iterable<InstanceRecord> {
  readonly #places: RecordPlaces;
  readonly #texts: RecordTexts;
  readonly #decoder: InstanceDecoder;
  readonly #keeper: RecordKeeper;

  constructor(places: RecordPlaces, texts: RecordTexts, decoder: InstanceDecoder, keeper: RecordKeeper) {
    this.#places = places;
    this.#texts = texts;
    this.#decoder = decoder;
    this.#keeper = keeper;
  }

  get count(): number {
    return this.#places.places.length;
  }

  *[Symbol.iterator](): Generator<InstanceRecord> {
    for (const place of this.#places.places) {
      const chunk = this.#chunkOf(place);
      const reader = new ByteReader(chunk, (place % CHUNK_BYTES) + LENGTH_BYTES, chunk.length);
      yield this.#decoder.read(reader, reader.varint());
    }
  }

  /**
   * The records as frames of a file, the texts first. Its keeper goes over to the copies as they are drawn, which leaves
   * behind what records that changed or went had taken; once all are drawn the chunks of before are let go.
   */
  *frames(): Generator<Buffer> {
    yield this.#textsFrame();
    const { places, serials, chunks } = this.#places;
    let copy = this.#newCopy(0);
    for (let index = 0; index < places.length; index++) {
      const place = places[index] ?? 0;
      const chunk = this.#chunkOf(place);
      const start = place % CHUNK_BYTES;
      const end = start + LENGTH_BYTES + chunk.readUInt32LE(start);
      if (copy.used + end - start > copy.frame.length) {
        yield copy.seal();
        copy = this.#newCopy(end - start);
      }
      this.#keeper.move(serials[index] ?? 0, place, copy.add(chunk, start, end));
    }
    if (places.length > 0) yield copy.seal();
    this.#keeper.release(chunks);
  }

  #textsFrame(): Buffer {
    const writer = new ByteWriter();
    writeFrame(writer, 0, () => {
      for (const table of [this.#texts.names, this.#texts.texts]) {
        writer.varint(table.length);
        for (const text of table) writer.text(text);
      }
    });
    return writer.view();
  }

  #newCopy(bytes: number): Copy {
    const frame = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + Math.max(CHUNK_BYTES, bytes));
    return new Copy(frame, this.#keeper.addCopy(frame));
  }

  #chunkOf(place: number): Buffer {
    const chunk = this.#places.chunks[Math.floor(place / CHUNK_BYTES)];
    if (chunk === undefined) throw new RangeError(`no record lies at ${String(place)}`);
    return chunk;
  }
}

/** A frame that is filled with copies of records. */
class Copy {
  readonly frame: Buffer;
  readonly #number: number;
  used = FRAME_HEADER_BYTES;

  constructor(frame: Buffer, number: number) {
    this.frame = frame;
    this.#number = number;
  }

  /** Copies a record; answers its new place. */
  add(chunk: Buffer, start: number, end: number): number {
    const place = this.#number * CHUNK_BYTES + this.used - FRAME_HEADER_BYTES;
    this.used += chunk.copy(this.frame, this.used, start, end);
    return place;
  }

  seal(): Buffer {
    const frame = this.frame.subarray(0, this.used);
    sealFrame(frame, 0);
    return frame;
  }
}
