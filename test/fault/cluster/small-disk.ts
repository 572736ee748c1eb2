import { execFile } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { waitFor } from '../../support/wait-for.js';

const exec = promisify(execFile);

const ROOM = '600m';

/** A disk of its own, in memory, that can be made too small for anything more. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async mount(path: string): Promise<SmallDisk> {
    await mkdir(path, { recursive: true });
    await exec('mount', ['-t', 'tmpfs', '-o', `size=${ROOM}`, 'tmpfs', path]);
    return new SmallDisk(path);
  }

  /** Leaves no byte of room; what is written meanwhile has it try again. */
  async fill(): Promise<void> {
    await waitFor(`${this.path} to be full`, async () => {
      const { blocks, bfree, bsize } = await statfs(this.path);
      await this.#resize(String((blocks - bfree) * bsize));
      return true;
    });
  }

  /** There is room again. */
  async free(): Promise<void> {
    await this.#resize(ROOM);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await exec('umount', ['-l', this.path]);
  }

  async #resize(size: string): Promise<void> {
    await exec('mount', ['-o', `remount,size=${size}`, this.path]);
  }
}
