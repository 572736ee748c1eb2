import { Duplex } from 'node:stream';

/** Of all that a server sends in one probe; an honest one sends some thousand. */
const MOST_BYTES = 512 * 1024;
/** Before its name, an SSH server may send lines (RFC 4253, section 4.2). */
const MOST_BEFORE_NAME = 8 * 1024;
const NAME = /(?:^|\n)SSH-2\.0-/;

/** A connection to somebody who may send anything: it takes no more than so much, and breaks off before SSH is there if it is not. */
export class BoundedStream extends Duplex {
  readonly #raw: Duplex;
  #taken = 0;
  #start = '';
  #isSsh = false;

  /** `onSsh` is called once an SSH server has named itself. */
  constructor(raw: Duplex, onSsh: () => void) {
    super();
    this.#raw = raw;
    raw.pause();
    raw.on('data', (chunk: Buffer) => {
      this.#take(chunk, onSsh);
    });
    raw.once('end', () => this.push(null));
    raw.on('error', (error) => this.destroy(error));
    raw.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#raw.writable) this.#raw.write(chunk, done);
    else done(new Error('the connection is closed'));
  }

  override _final(done: () => void): void {
    this.#raw.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }

  #take(chunk: Buffer, onSsh: () => void): void {
    this.#taken += chunk.length;
    if (this.#taken > MOST_BYTES) {
      this.destroy(new Error(`it sent more than ${String(MOST_BYTES)} bytes`));
      return;
    }
    if (!this.#isSsh && !this.#nameIn(chunk, onSsh)) return;
    if (!this.push(chunk)) this.#raw.pause();
  }

  /** Whether it goes on. */
  #nameIn(chunk: Buffer, onSsh: () => void): boolean {
    this.#start += chunk.toString('latin1', 0, MOST_BEFORE_NAME);
    this.#isSsh = NAME.test(this.#start);
    if (this.#isSsh) onSsh();
    if (this.#isSsh || this.#start.length < MOST_BEFORE_NAME) return true;
    this.destroy(new Error('it does not name itself as an SSH server'));
    return false;
  }
}
