import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** How important a line is. */
export type LineLevel = 'info' | 'warn' | 'error';

/** Takes lines of a log. */
export type LineLog = (level: LineLevel, text: string) => void;

/** A log in a file that is put aside as `NAME.1` when it is full, over the one before. Throws what the disk throws when it is opened. */
export class LogFile implements Disposable {
  readonly #path: string;
  readonly #mostBytes: number;
  #file: number;
  #bytes: number;

  constructor(path: string, mostBytes: number) {
    this.#path = path;
    this.#mostBytes = mostBytes;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  /** Adds a line; one that a full disk does not take is lost, and mining goes on. */
  write(line: string): void {
    try {
      if (this.#bytes >= this.#mostBytes) this.#turn();
      this.#bytes += writeSync(this.#file, `${line}\n`);
    } catch {
      // There is no other place to say it.
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #turn(): void {
    renameSync(this.#path, `${this.#path}.1`);
    closeSync(this.#file);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = 0;
  }
}

/** A line as people read it. */
export function logLine(nowMs: number, level: LineLevel, text: string): string {
  return `${new Date(nowMs).toISOString()} ${level.padEnd(5)} ${text}`;
}
