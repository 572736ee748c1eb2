import { stat, statfs } from 'node:fs/promises';
import type { Clock } from '../../../../common/model/clock.js';
import type { DiskClass } from '../../../../common/model/plot-folder.js';
import { diskClassOf } from './disk-class.js';

/** What the file system of a folder says. */
export interface FolderProbe {
  readonly freeBytes: number;
  readonly diskClass: DiskClass | '';
}

/** Asks the file system of a folder; rejects with what the disk says. */
export type ProbeFolder = (folder: string) => Promise<FolderProbe>;

const ANSWER_MS = 5000;
const NOTHING: FolderProbe = { freeBytes: 0, diskClass: '' };

/** Asks the kernel. */
export async function probeFolder(folder: string): Promise<FolderProbe> {
  const [{ dev }, { bavail, bsize }] = await Promise.all([stat(folder), statfs(folder)]);
  return { freeBytes: bavail * bsize, diskClass: await diskClassOf(dev) };
}

/** Asks file systems, of which one that hangs holds up nobody: it has no room until it answers, and is asked once at a time. */
export class FolderProbes {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #probe: ProbeFolder;
  readonly #asking = new Map<string, Promise<FolderProbe>>();

  constructor(clock: Pick<Clock, 'setTimer'>, probe: ProbeFolder = probeFolder) {
    this.#clock = clock;
    this.#probe = probe;
  }

  /** What is known of a folder within five seconds; nothing of one that is gone or hangs. */
  async of(folder: string): Promise<FolderProbe> {
    const asking = this.#asking.get(folder) ?? this.#ask(folder);
    let cancel: () => void = () => undefined;
    const late = new Promise<FolderProbe>((resolve) => {
      cancel = this.#clock.setTimer(() => resolve(NOTHING), ANSWER_MS);
    });
    return await Promise.race([asking, late]).finally(() => cancel());
  }

  #ask(folder: string): Promise<FolderProbe> {
    const asking = this.#probe(folder)
      .catch(() => NOTHING)
      .finally(() => this.#asking.delete(folder));
    this.#asking.set(folder, asking);
    return asking;
  }
}
