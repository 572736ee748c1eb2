import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const INLINE = 0;
const DEFINED = 1;
const FIRST_INDEX = 2;

/** Names recur without end: miners, hosts, reasons, gpus. */
export const NAMES_LIMIT = 65_536;
/** Free texts may not recur, and must not fill memory. */
export const TEXTS_LIMIT = 4_096;

/** Writes texts that may recur, each in as few bytes as it can. */
export interface TextWriter {
  write(writer: ByteWriter, text: string): void;
}

/** Reads what its `TextWriter` wrote. */
export interface TextReader {
  /** Throws RangeError when the bytes are not a text. */
  read(reader: ByteReader): string;
}

/** Writes a text in full the first time and as a small number afterwards; one table serves one file. */
export class TextTableWriter implements TextWriter {
  readonly #indexes = new Map<string, number>();
  readonly #limit: number;

  /** Remembers the first `limit` different texts. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  write(writer: ByteWriter, text: string): void {
    const index = this.#indexes.get(text);
    if (index !== undefined) {
      writer.varint(FIRST_INDEX + index);
      return;
    }
    const remembered = this.#indexes.size < this.#limit;
    if (remembered) this.#indexes.set(text, this.#indexes.size);
    writer.byte(remembered ? DEFINED : INLINE);
    writer.text(text);
  }
}

/** Reads what a `TextTableWriter` wrote, in the same order. */
export class TextTableReader implements TextReader {
  readonly #texts: string[] = [];
  /** Whether texts are met for the first time. */
  #taking = true;

  read(reader: ByteReader): string {
    const tag = reader.varint();
    if (tag === INLINE) return reader.text();
    if (tag === DEFINED) {
      const text = reader.text();
      if (this.#taking) this.#texts.push(text);
      return text;
    }
    const text = this.#texts[tag - FIRST_INDEX];
    if (text === undefined) throw new RangeError(`text ${String(tag)} was never defined`);
    return text;
  }

  /** Runs `read` over what was read before. */
  again<T>(read: () => T): T {
    this.#taking = false;
    try {
      return read();
    } finally {
      this.#taking = true;
    }
  }
}
