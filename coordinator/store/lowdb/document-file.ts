import { join } from 'node:path';
import type { Adapter } from 'lowdb';
import { hasCode } from '../../../common/disk/index.js';
import type { Disk, ReadableDisk } from '../../../common/disk/index.js';
import { decodeDocuments, encodeDocuments } from '../records/document-text.js';
import type { DocumentSnapshot } from '../records/document-text.js';
import { writeDurably } from './durable-file.js';

/**
 * lowdb's adapter for one snapshot file: compact JSON with a checksum, written durably in pieces of about 64 KB, so that
 * the event loop is held for one piece or one document at a time.
 */
export class DocumentFile implements Adapter<DocumentSnapshot> {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #name: string;

  constructor(disk: Disk, folder: string, name: string) {
    this.#disk = disk;
    this.#folder = folder;
    this.#name = name;
  }

  /** Null when there is no file. Throws like `readDocuments`. */
  async read(): Promise<DocumentSnapshot | null> {
    return readDocuments(this.#disk, this.#folder, this.#name);
  }

  async write(data: DocumentSnapshot): Promise<void> {
    await writeDurably(this.#disk, this.#folder, this.#name, encodeDocuments(data));
  }
}

/**
 * Reads a snapshot's documents; null when there is no file. Throws `HeadframeError`: data_loss on damage,
 * failed_precondition when a later version wrote them.
 */
export async function readDocuments(
  disk: ReadableDisk,
  folder: string,
  name: string,
): Promise<DocumentSnapshot | null> {
  const text = await readText(disk, join(folder, name));
  if (text === undefined) return null;
  return decodeDocuments(name, text);
}

async function readText(disk: ReadableDisk, path: string): Promise<string | undefined> {
  try {
    return (await disk.read(path)).toString();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}
