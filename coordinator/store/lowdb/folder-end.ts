import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { hasCode, nodeDisk } from '../../../common/disk/index.js';
import type { Disk } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { encodeMark } from '../move/index.js';
import type { Holdings, MoveMark, MoveSide, MoveSource, MoveStanding, MoveTarget } from '../move/index.js';
import { writeDurably } from './durable-file.js';
import { folderStanding } from './move-standing.js';
import { ARRIVING_NAME, MOVED_NAME, isStoreName } from './names.js';
import { readStore } from './read-store.js';
import type { StoreReading } from './read-store.js';
import { storeFiles } from './store-files.js';

/** As many of the last commits as a start reads again. */
const RECENT = { commits: 10_000, changes: 100_000, bytes: 2 * 1024 * 1024 };

/** A folder of the embedded store as an end of a move; whoever moves holds its lock. */
export class FolderEnd implements MoveSource, MoveTarget {
  readonly side: MoveSide;
  readonly #folder: string;
  readonly #disk: Disk;

  /** `machine` tells this folder from one of the same name elsewhere. */
  constructor(folder: string, disk: Disk = nodeDisk, machine = hostname()) {
    this.#folder = resolve(folder);
    this.#disk = disk;
    this.side = { kind: 'lowdb', where: `${this.#folder} on ${machine}` };
  }

  async standing(): Promise<MoveStanding> {
    const standing = await folderStanding(this.#disk, this.#folder);
    if ('mark' in standing) return standing;
    if (standing.state === 'empty') return { state: 'empty' };
    return { state: 'open', epoch: (await this.#reading()).epoch };
  }

  async read(): Promise<Holdings> {
    const { mirror, revision, epoch, recent } = await this.#reading();
    return { revision, epoch, records: mirror.freeze(), recent };
  }

  readBack(): Promise<Holdings> {
    return this.read();
  }

  async leave(mark: MoveMark): Promise<void> {
    if ((await this.#reading()).revision !== mark.revision) throw changedError(this.#folder);
    await this.#note(MOVED_NAME, mark);
  }

  async write(holdings: Holdings, mark: MoveMark): Promise<void> {
    await this.#disk.makeFolder(this.#folder);
    await this.#note(ARRIVING_NAME, mark);
    await this.#clear();
    for (const { name, pieces } of storeFiles({ ...holdings, epoch: mark.epoch }))
      await writeDurably(this.#disk, this.#folder, name, pieces());
  }

  async arrive(): Promise<void> {
    await this.#disk.remove(join(this.#folder, ARRIVING_NAME));
    await this.#disk.syncFolder(this.#folder);
  }

  #reading(): Promise<StoreReading> {
    return readStore(this.#disk, this.#folder, RECENT);
  }

  async #note(name: string, mark: MoveMark): Promise<void> {
    await writeDurably(this.#disk, this.#folder, name, [Buffer.from(encodeMark(mark))]);
  }

  /** What was moved from here goes aside, its note last, so that what an unfinished move has left is never taken for it. */
  async #clear(): Promise<void> {
    const names = await this.#disk.list(this.#folder);
    const files = names.filter(isStoreName);
    if (names.includes(MOVED_NAME)) {
      const aside = await this.#asideFolder();
      await this.#disk.makeFolder(aside);
      for (const name of [...files, MOVED_NAME]) {
        await this.#disk.rename(join(this.#folder, name), join(aside, name));
        await this.#disk.syncFolder(aside);
        await this.#disk.syncFolder(this.#folder);
      }
      return;
    }
    for (const name of files) await this.#disk.remove(join(this.#folder, name));
    await this.#disk.syncFolder(this.#folder);
  }

  /** One that an attempt before has not filled to the end, or a new one. */
  async #asideFolder(): Promise<string> {
    for (let number = 1; ; number += 1) {
      const path = join(this.#folder, `before-move-${String(number)}`);
      try {
        if (!(await this.#disk.list(path)).includes(MOVED_NAME)) return path;
      } catch (thrown) {
        if (hasCode(thrown, 'ENOENT')) return path;
        throw thrown;
      }
    }
  }
}

function changedError(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'aborted',
    reason: 'store_changed',
    message: `${folder} was changed while it was read`,
    remedy: 'Stop whatever writes to it, and run the move again: nothing was left.',
    metadata: { file: folder },
  });
}
