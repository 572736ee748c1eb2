/** Bytes out of pieces of any size. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; undefined where they end before. */
  async read(count: number): Promise<Buffer | undefined> {
    const taken = [this.#held];
    let size = this.#held.length;
    while (size < count) {
      const next = await this.#pieces.next();
      if (next.done === true) return undefined;
      taken.push(Buffer.from(next.value));
      size += next.value.length;
    }
    const all = Buffer.concat(taken);
    this.#held = all.subarray(count);
    return all.subarray(0, count);
  }
}
