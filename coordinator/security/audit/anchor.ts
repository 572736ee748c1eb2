import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { hasCode } from '../../../common/disk/index.js';
import type { Disk, DiskFile, ReadableDisk } from '../../../common/disk/index.js';
import type { ChainLink } from './entry.js';
import { ANCHOR_NAME } from './names.js';

/** Of one of the two slots, which are written in turn: a crash tears at most one of them. */
const SLOT_BYTES = 512;
const SLOT = /^(\d{1,16}) ([0-9a-f]{64}) ([0-9a-f]{64})\n/;

/** The head of the chain on stable storage, beside the log: shows when the end of the log was cut off. */
export class Anchor {
  readonly #file: DiskFile;
  #slot = 0;

  /** For `open` alone. */
  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Opens the file, or creates it; its name is durable when this resolves. */
  static async open(disk: Disk, folder: string): Promise<Anchor> {
    const path = join(folder, ANCHOR_NAME);
    try {
      return new Anchor(await disk.edit(path));
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT')) throw thrown;
      const file = await disk.create(path);
      await disk.syncFolder(folder);
      return new Anchor(file);
    }
  }

  /** Moves the anchor on to this entry; durable when it resolves. After a failure only `reset` may follow. */
  async move(link: ChainLink): Promise<void> {
    await this.#write(1 - this.#slot, link);
    this.#slot = 1 - this.#slot;
  }

  /** Makes this the one head that is known, whatever was being written before. */
  async reset(link: ChainLink): Promise<void> {
    await this.#write(1 - this.#slot, link);
    await this.#write(this.#slot, link);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(slot: number, { sequence, hash }: ChainLink): Promise<void> {
    const text = `${String(sequence)} ${hash}`;
    const bytes = Buffer.alloc(SLOT_BYTES, ' ');
    bytes.write(`${text} ${checkOf(text)}\n`);
    await this.#file.write(bytes, slot * SLOT_BYTES);
    await this.#file.sync();
  }
}

/** Reads the anchored head; undefined where there is none that can be read. */
export async function readAnchor(disk: ReadableDisk, folder: string): Promise<ChainLink | undefined> {
  const bytes = await disk.read(join(folder, ANCHOR_NAME)).catch((thrown: unknown) => {
    if (hasCode(thrown, 'ENOENT')) return Buffer.alloc(0);
    throw thrown;
  });
  const slots = [0, 1].map((slot) => readSlot(bytes.toString('latin1', slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)));
  return slots.reduce((best, slot) => (slot === undefined || (best && best.sequence > slot.sequence) ? best : slot));
}

function readSlot(text: string): ChainLink | undefined {
  const [, sequence = '', hash = '', check] = SLOT.exec(text) ?? [];
  return check === checkOf(`${sequence} ${hash}`) ? { sequence: Number(sequence), hash } : undefined;
}

function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
