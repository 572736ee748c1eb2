import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, writeWhole } from '../../../common/disk/index.js';
import type { AuthorityPlace, AuthorityRecordName, PlacedRecord } from './place.js';
import { damaged } from './refusals.js';

/** Of a folder nobody else writes to, whatever was read is what is there. */
const ONLY_REVISION = 1;

/** The records of an authority as files: each is written whole, so that whatever befalls the program it is the old or the new one. */
export class FolderPlace implements AuthorityPlace {
  readonly toBeginAnew: string;
  readonly #folder: string;

  /** The folder is this coordinator's alone, by the lock of its store. */
  constructor(folder: string) {
    this.#folder = folder;
    this.toBeginAnew = `move ${folder} away`;
  }

  whereIs(record: AuthorityRecordName): string {
    return join(this.#folder, `${record}.json`);
  }

  async read(record: AuthorityRecordName): Promise<PlacedRecord | undefined> {
    const path = this.whereIs(record);
    try {
      return { text: await readFile(path, 'utf8'), revision: ONLY_REVISION };
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw damaged(path, error);
    }
  }

  async replace(record: AuthorityRecordName, text: string): Promise<number> {
    await writeWhole(this.whereIs(record), text);
    return ONLY_REVISION;
  }
}
