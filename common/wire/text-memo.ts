const NOTHING = Buffer.alloc(0);

/**
 * Reads texts of which most are the one before: that is given again, read and checked once, so that a million reports
 * of the same hold one text.
 */
export class TextMemo {
  readonly #check: (text: string) => string;
  #bytes = NOTHING;
  #text = '';

  /** `check` brings a text into bounds; what it throws is thrown on. */
  constructor(check: (text: string) => string) {
    this.#check = check;
    this.#text = check('');
  }

  /** The checked text of these bytes. */
  read(bytes: Buffer): string {
    if (bytes.equals(this.#bytes)) return this.#text;
    this.#text = this.#check(bytes.toString('utf8'));
    this.#bytes = Buffer.from(bytes);
    return this.#text;
  }
}
