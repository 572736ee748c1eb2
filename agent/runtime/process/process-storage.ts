import { rm, stat } from 'node:fs/promises';
import type { OldLog, RuntimeStorage, StoredImage, StoredLogs } from '../storage.js';
import { listFolders } from './instance-folder.js';
import { olderLog, sizeOf } from './log-files.js';
import { SUPERVISOR_FILES } from './supervisor-script.js';

/** Logs of plain processes; they have no images. */
export class ProcessStorage implements RuntimeStorage {
  readonly #root: string;

  /** `root` is the folder of the instances' folders. */
  constructor(root: string) {
    this.#root = root;
  }

  async images(): Promise<readonly StoredImage[]> {
    return await Promise.resolve([]);
  }

  findImage(): Promise<string | undefined> {
    return Promise.resolve<string | undefined>(undefined);
  }

  async removeImage(): Promise<boolean> {
    return await Promise.resolve(false);
  }

  async logs(): Promise<StoredLogs> {
    const old: OldLog[] = [];
    let totalBytes = 0;
    for (const folder of await listFolders(this.#root))
      for (const name of [SUPERVISOR_FILES.stdout, SUPERVISOR_FILES.stderr]) {
        const path = olderLog(folder.file(name));
        const older = await stat(path).catch(() => undefined); // most have none
        totalBytes += (await sizeOf(folder.file(name))) + (older?.size ?? 0);
        if (older) old.push({ serial: folder.serial, path, bytes: older.size, changedAtMs: older.mtimeMs });
      }
    return { totalBytes, old };
  }

  async removeLog({ path }: OldLog): Promise<void> {
    await rm(path, { force: true });
  }
}
