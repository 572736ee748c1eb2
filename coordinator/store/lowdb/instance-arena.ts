import type { InstanceRecord } from '../../../common/model/instance.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { FRAME_HEADER_BYTES } from './frame.js';
import { CHUNK_BYTES, FrozenInstances, LENGTH_BYTES } from './frozen-instances.js';
import type { RecordKeeper, RecordPlaces, RecordTexts } from './frozen-instances.js';
import { InstanceDecoder, InstanceEncoder } from './instance-codec.js';
import { SharedTexts } from './shared-texts.js';
import { NAMES_LIMIT, TEXTS_LIMIT } from './text-table.js';

/**
 * Instances in their binary form, outside the garbage collector's sight: about 60 bytes each and as much again for the
 * index, where objects would take 500.
 *
 * A record lies in a chunk as its length (4 bytes), its time of change and the instance, and is never altered; a changed record is
 * written anew, and what it leaves behind goes when the next snapshot has copied what is alive.
 */
export class InstanceArena implements RecordKeeper {
  readonly #names: SharedTexts;
  readonly #texts: SharedTexts;
  readonly #encoder: InstanceEncoder;
  readonly #decoder: InstanceDecoder;
  readonly #writer = new ByteWriter();
  /** Place of each serial's record: number of its chunk × CHUNK_BYTES + offset. */
  readonly #places = new Map<number, number>();
  readonly #chunks: (Buffer | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** Number of the chunk that the writer's bytes will be. */
  #openNumber: number | undefined;

  /** Begins empty, with the texts that records to be adopted refer to. */
  constructor({ names, texts }: RecordTexts = { names: [], texts: [] }) {
    this.#names = new SharedTexts(NAMES_LIMIT, names);
    this.#texts = new SharedTexts(TEXTS_LIMIT, texts);
    this.#encoder = new InstanceEncoder(this.#names, this.#texts);
    this.#decoder = new InstanceDecoder(this.#names, this.#texts);
  }

  /** Memory that the records take, what they left behind included. */
  get heldBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk?.length ?? 0), 0);
  }

  set(record: InstanceRecord): void {
    const writer = this.#writer;
    this.#openNumber ??= this.#addChunk(undefined);
    const start = writer.skip(LENGTH_BYTES);
    writer.varint(record.changedAtMs);
    this.#encoder.write(writer, record, record.changedAtMs);
    writer.setUint32(start, writer.length - start - LENGTH_BYTES);
    this.#places.set(record.serial, this.#openNumber * CHUNK_BYTES + start);
    if (writer.length >= CHUNK_BYTES) this.#seal();
  }

  delete(serial: number): void {
    this.#places.delete(serial);
  }

  /** Takes a chunk of records as a snapshot holds it; returns how many there are. Throws RangeError when it cannot. */
  adopt(chunk: Buffer): number {
    const number = this.#addChunk(chunk);
    const reader = new ByteReader(chunk, 0, chunk.length);
    let count = 0;
    while (!reader.done) {
      const place = number * CHUNK_BYTES + reader.at;
      const length = reader.uint32();
      const end = reader.at + length;
      reader.varint();
      this.#places.set(reader.varint(), place);
      reader.skipTo(end);
      count++;
    }
    return count;
  }

  /** The records as they are now, whatever comes later. Copies places alone: about 20 ms for a million. */
  freeze(): FrozenInstances {
    this.#seal();
    const [serials, places] = [new Float64Array(this.#places.size), new Float64Array(this.#places.size)];
    let index = 0;
    this.#places.forEach((place, serial) => {
      serials[index] = serial;
      places[index++] = place;
    });
    const texts = { names: this.#names.list(), texts: this.#texts.list() };
    return new FrozenInstances({ serials, places, chunks: [...this.#chunks] }, texts, this.#decoder, this);
  }

  /** Takes in a chunk of copied records, which begins with room for a frame's header; answers its number. */
  addCopy(frame: Buffer): number {
    return this.#addChunk(frame.subarray(FRAME_HEADER_BYTES));
  }

  /** Says that a record's copy lies at another place, unless the record changed or went since. */
  move(serial: number, from: number, to: number): void {
    if (this.#places.get(serial) === from) this.#places.set(serial, to);
  }

  /** Lets go of the chunks whose records were all copied. */
  release(chunks: RecordPlaces['chunks']): void {
    for (const [number, chunk] of chunks.entries()) {
      if (chunk === undefined || this.#chunks[number] !== chunk) continue;
      this.#chunks[number] = undefined;
      this.#freeNumbers.push(number);
    }
  }

  #seal(): void {
    if (this.#openNumber === undefined) return;
    this.#chunks[this.#openNumber] = Buffer.from(this.#writer.view());
    this.#writer.clear();
    this.#openNumber = undefined;
  }

  // Numbers are used again, so that places stay small integers.
  #addChunk(chunk: Buffer | undefined): number {
    const number = this.#freeNumbers.pop() ?? this.#chunks.length;
    this.#chunks[number] = chunk;
    return number;
  }
}
