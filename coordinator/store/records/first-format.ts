import type { ByteReader } from './byte-reader.js';
import { InstanceDecoder } from './instance-codec.js';
import type { InstancePages } from './instance-pages.js';
import type { TextReader } from './text-table.js';

const INLINE = 0;
const FIRST_INDEX = 1;

/** Reads the frames of an instance snapshot of format 1, in their order: texts, then records with their length each. */
export class FirstFormatReader {
  readonly #pages: InstancePages;
  #decoder: InstanceDecoder | undefined;

  constructor(pages: InstancePages) {
    this.#pages = pages;
  }

  /** Throws RangeError when the bytes are no such frame. */
  read(reader: ByteReader): void {
    if (this.#decoder === undefined) {
      this.#decoder = new InstanceDecoder(new ListedTexts(listOf(reader)), new ListedTexts(listOf(reader)));
      return;
    }
    while (!reader.done) {
      const length = reader.uint32();
      const end = reader.at + length;
      this.#pages.set(this.#decoder.read(reader, reader.varint()));
      reader.skipTo(end);
    }
  }
}

/** Texts that records refer to by number. */
class ListedTexts implements TextReader {
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  read(reader: ByteReader): string {
    const tag = reader.varint();
    if (tag === INLINE) return reader.text();
    const text = this.#texts[tag - FIRST_INDEX];
    if (text === undefined) throw new RangeError(`text ${String(tag)} was never defined`);
    return text;
  }
}

function listOf(reader: ByteReader): string[] {
  const texts: string[] = [];
  for (let left = reader.varint(); left > 0; left--) texts.push(reader.text());
  return texts;
}
