import { closeSync, openSync, readSync } from 'node:fs';
import { isAbsent } from '../errno.js';

// One buffer for all readers: reading is synchronous, and each text is copied out before the next read.
const BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

// The kernel hands out at most about a page a read; a read this long may have more behind it.
const MAYBE_CUT_BYTES = 3072;

/** A kernel file that is opened once and read again and again, always fresh. */
export class KeptFile {
  readonly #fd: number;

  /** Takes over an open descriptor. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens the file; undefined when it is not there or not for us, throws what the system says otherwise. */
  static open(path: string): KeptFile | undefined {
    try {
      return new KeptFile(openSync(path, 'r'));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** The whole text now, at most 64 KiB; throws the system's error (`ENODEV` when the cgroup is gone). */
  read(): string {
    let bytes = readSync(this.#fd, BUFFER, 0, BUFFER.length, 0);
    for (let more = bytes; more >= MAYBE_CUT_BYTES && bytes < BUFFER.length; bytes += more) {
      more = readSync(this.#fd, BUFFER, bytes, BUFFER.length - bytes, bytes);
    }
    return BUFFER.toString('latin1', 0, bytes);
  }

  /** Gives the descriptor back; call it once. */
  close(): void {
    closeSync(this.#fd);
  }
}
