import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import { parseGround } from './ground.js';
import type { LeaseGround } from './ground.js';
import type { LeaseFile } from './ssh-files.js';

const GROUND = 'ground.json';

/** The folders of a host's leases on disk: what each has, and the files that its container sees. */
export class LeaseGrounds {
  readonly folder: string;
  readonly #known = new Map<number, LeaseGround>();
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Reads what is there; to be called before anything else. */
  async load(): Promise<void> {
    // Containers see the folders of files in it, whoever their users are on the host.
    await mkdir(this.folder, { recursive: true, mode: 0o711 });
    await chmod(this.folder, 0o711);
    for (const serial of await this.serials()) {
      const ground = await this.#read(serial);
      if (ground !== undefined) this.#known.set(serial, ground);
    }
  }

  /** Those that are known. */
  all(): readonly LeaseGround[] {
    return [...this.#known.values()];
  }

  of(serial: number): LeaseGround | undefined {
    return this.#known.get(serial);
  }

  /** Every folder that is there, one without a readable ground included. */
  async serials(): Promise<number[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    return names.filter((name) => /^[1-9]\d{0,15}$/.test(name)).map(Number);
  }

  /** Keeps what a ground becomes, durably; one change after the other, so that each starts from what the last has made. */
  async keep(serial: number, change: (known: LeaseGround | undefined) => LeaseGround): Promise<void> {
    const kept = this.#last.then(() => this.#keep(change(this.#known.get(serial))));
    this.#last = kept.catch(() => undefined);
    await kept;
  }

  /** Writes a lease's files and returns their folder. */
  async writeFiles(serial: number, files: readonly LeaseFile[]): Promise<string> {
    const folder = join(this.folder, String(serial), 'files');
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    const write = async ({ name, text, mode }: LeaseFile): Promise<void> => {
      await writeFile(join(folder, name), text);
      // Whatever the mask of the process is.
      await chmod(join(folder, name), mode);
    };
    await Promise.all(files.map(write));
    return folder;
  }

  forget(serial: number): void {
    this.#known.delete(serial);
  }

  async #keep(ground: LeaseGround): Promise<void> {
    const folder = join(this.folder, String(ground.serial));
    await mkdir(folder, { recursive: true, mode: 0o711 });
    await chmod(folder, 0o711);
    await writeWhole(join(folder, GROUND), JSON.stringify(ground));
    this.#known.set(ground.serial, ground);
  }

  async #read(serial: number): Promise<LeaseGround | undefined> {
    const text = await readFile(join(this.folder, String(serial), GROUND), 'utf8').catch(() => '');
    const ground = parseGround(text);
    return ground?.serial === serial ? ground : undefined;
  }
}
