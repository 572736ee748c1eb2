import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { TextReader, TextWriter } from './text-table.js';

const INLINE = 0;
const FIRST_INDEX = 1;

/** A table of texts kept apart from what refers to it, so that any record can be read by itself. */
export class SharedTexts implements TextWriter, TextReader {
  readonly #texts: string[];
  readonly #indexes: Map<string, number>;
  readonly #limit: number;

  /** Begins with `texts` and takes in further ones up to `limit`; those beyond it are written in full. */
  constructor(limit: number, texts: readonly string[] = []) {
    this.#limit = limit;
    this.#texts = [...texts];
    this.#indexes = new Map(texts.map((text, index) => [text, index]));
  }

  /** The texts so far, in the order of their numbers; none ever goes or changes. */
  list(): readonly string[] {
    return [...this.#texts];
  }

  write(writer: ByteWriter, text: string): void {
    const index = this.#indexes.get(text) ?? this.#add(text);
    if (index !== undefined) {
      writer.varint(FIRST_INDEX + index);
      return;
    }
    writer.byte(INLINE);
    writer.text(text);
  }

  read(reader: ByteReader): string {
    const tag = reader.varint();
    if (tag === INLINE) return reader.text();
    const text = this.#texts[tag - FIRST_INDEX];
    if (text === undefined) throw new RangeError(`text ${String(tag)} was never defined`);
    return text;
  }

  #add(text: string): number | undefined {
    if (this.#texts.length >= this.#limit) return undefined;
    this.#indexes.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }
}
