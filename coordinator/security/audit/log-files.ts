import { join } from 'node:path';
import { hasCode } from '../../../common/disk/index.js';
import type { Disk, DiskFile } from '../../../common/disk/index.js';
import { Anchor } from './anchor.js';
import { linesOf } from './chain-reader.js';
import { readEntry, writeEntry } from './entry.js';
import type { AuditFacts, ChainLink } from './entry.js';
import { fileName, firstOf, logFiles } from './names.js';
import { ownFacts } from './own-facts.js';
import { findEnd } from './recover.js';

/** How much of the log is kept. */
export interface AuditLimits {
  /** Size at which a file ends, in bytes. */
  readonly fileBytes: number;
  /** The oldest file goes when there would be more; at least 2. */
  readonly files: number;
  /** A file goes when its last entry is older, in milliseconds; undefined keeps it. */
  readonly maxAgeMs: number | undefined;
}

/** The file that takes entries. */
interface OpenFile {
  readonly handle: DiskFile;
  /** All durable. */
  bytes: number;
}

/**
 * The log on disk. Invariants: the anchor never runs ahead of what is durable; after a failed write the next one first
 * cuts off what it may have left, so that nothing is ever written after a hole. One call at a time.
 */
export class LogFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #limits: AuditLimits;
  readonly #anchor: Anchor;
  #file: OpenFile | undefined;
  #head: ChainLink;
  #sound = true;

  /** For `open` alone. */
  constructor(place: { disk: Disk; folder: string }, limits: AuditLimits, anchor: Anchor, head: ChainLink) {
    this.#disk = place.disk;
    this.#folder = place.folder;
    this.#limits = limits;
    this.#anchor = anchor;
    this.#head = head;
  }

  /**
   * Opens the log in the folder, or begins one there. The rest of a write that a crash cut short is cut off and an entry says
   * so. Throws `HeadframeError` (data_loss, reason `audit_damaged`) when durable entries are changed or missing.
   */
  static async open(disk: Disk, folder: string, limits: AuditLimits, nowMs: number): Promise<LogFiles> {
    await disk.makeFolder(folder);
    const { head, last, tornBytes } = await findEnd(disk, folder);
    const files = new LogFiles({ disk, folder }, limits, await Anchor.open(disk, folder), head);
    if (last !== undefined) {
      files.#file = { handle: await disk.edit(join(folder, last.name)), bytes: last.bytes };
      await files.#mend();
    }
    if (last === undefined) await files.append([ownFacts(nowMs, 'log.began', '')]);
    if (tornBytes > 0) await files.append([ownFacts(nowMs, 'log.mended', `bytes/${String(tornBytes)}`)]);
    return files;
  }

  /** The last durable entry. */
  get head(): ChainLink {
    return this.#head;
  }

  /** Writes the entries in one write; all or none are in the log, and durable, when it resolves. */
  async append(batch: readonly AuditFacts[]): Promise<void> {
    if (!this.#sound) await this.#mend();
    this.#sound = false;
    const doomed = await this.#rotate(batch[0]?.atMs ?? 0);
    const removal = removalFacts(doomed, batch[0]?.atMs ?? 0);
    await this.#write(removal === undefined ? batch : [removal, ...batch]);
    this.#sound = true;
    // What cannot be removed now is tried again with the next file.
    for (const name of doomed.names) await this.#disk.remove(join(this.#folder, name)).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    await this.#anchor.close();
  }

  async #write(batch: readonly AuditFacts[]): Promise<void> {
    const file = this.#file ?? (await this.#begin());
    let [head, text] = [this.#head, ''];
    for (const facts of batch) {
      const { line, link } = writeEntry(head, facts);
      head = link;
      text += `${line}\n`;
    }
    const bytes = Buffer.from(text);
    await file.handle.write(bytes, file.bytes);
    await file.handle.sync();
    await this.#anchor.move(head);
    file.bytes += bytes.length;
    this.#head = head;
  }

  /** The anchor goes first: were it ahead after a crash, the entries would seem to have been cut off. */
  async #mend(): Promise<void> {
    await this.#anchor.reset(this.#head);
    if (this.#file !== undefined) {
      await this.#file.handle.truncate(this.#file.bytes);
      await this.#file.handle.sync();
    }
    this.#sound = true;
  }

  /** Ends the file when it is full, and tells which ones are to go. */
  async #rotate(nowMs: number): Promise<Doomed> {
    const full = this.#file;
    if (full === undefined || full.bytes < this.#limits.fileBytes) return { names: [], through: 0 };
    await this.#begin();
    await full.handle.close();
    return this.#doomed(nowMs);
  }

  async #begin(): Promise<OpenFile> {
    const path = join(this.#folder, fileName(this.#head.sequence + 1));
    const handle = await this.#createEmpty(path);
    await this.#disk.syncFolder(this.#folder);
    this.#file = { handle, bytes: 0 };
    return this.#file;
  }

  // It is there when making its name durable failed the time before.
  async #createEmpty(path: string): Promise<DiskFile> {
    try {
      return await this.#disk.create(path);
    } catch (thrown) {
      if (!hasCode(thrown, 'EEXIST')) throw thrown;
      const handle = await this.#disk.edit(path);
      await handle.truncate(0);
      return handle;
    }
  }

  async #doomed(nowMs: number): Promise<Doomed> {
    const names = logFiles(await this.#disk.list(this.#folder));
    let count = Math.max(0, names.length - this.#limits.files);
    while (count < names.length - 1 && (await this.#isOld(names[count] ?? '', nowMs))) count++;
    return { names: names.slice(0, count), through: (firstOf(names[count] ?? '') ?? 1) - 1 };
  }

  async #isOld(name: string, nowMs: number): Promise<boolean> {
    const { maxAgeMs } = this.#limits;
    if (maxAgeMs === undefined) return false;
    const last = linesOf(await this.#disk.read(join(this.#folder, name))).lines.at(-1);
    const entry = last === undefined ? undefined : readEntry(last);
    return entry !== undefined && entry.atMs < nowMs - maxAgeMs;
  }
}

/** Files that go, and the last entry that goes with them. */
interface Doomed {
  readonly names: readonly string[];
  readonly through: number;
}

function removalFacts({ names, through }: Doomed, nowMs: number): AuditFacts | undefined {
  return names.length === 0 ? undefined : ownFacts(nowMs, 'log.removed', `entries/1-${String(through)}`);
}
