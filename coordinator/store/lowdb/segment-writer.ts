import { join } from 'node:path';
import { ByteWriter } from '../records/byte-writer.js';
import { CommitEncoder } from '../records/commit-codec.js';
import type { JournalCommit } from '../records/commit-codec.js';
import type { Disk, DiskFile } from '../../../common/disk/index.js';
import { writeDurably } from './durable-file.js';
import { encodeHeader, FILE_HEADER_BYTES } from '../records/file-header.js';
import { writeFrame } from '../records/frame.js';
import { segmentName } from './names.js';
import type { SegmentPlace } from './names.js';

/** Where a new segment of the journal begins. */
export interface SegmentStart extends SegmentPlace {
  readonly epoch: number;
}

/** The segment of the journal that takes commits. One `append` at a time; after one has failed it must not be used again. */
export class SegmentWriter {
  readonly start: SegmentStart;
  readonly #file: DiskFile;
  readonly #encoder = new CommitEncoder();
  readonly #writer = new ByteWriter();
  #bytes = FILE_HEADER_BYTES;
  #revision: number;

  constructor(start: SegmentStart, file: DiskFile) {
    this.start = start;
    this.#file = file;
    this.#revision = start.revision;
  }

  /** Creates the segment's file; its header and name are durable when this resolves. */
  static async create(disk: Disk, folder: string, start: SegmentStart): Promise<SegmentWriter> {
    const name = segmentName(start);
    await writeDurably(disk, folder, name, [encodeHeader({ kind: 'journal', ...start })]);
    return new SegmentWriter(start, await disk.edit(join(folder, name)));
  }

  /** Bytes in the file, all durable. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Revision of the last commit, which is durable. */
  get revision(): number {
    return this.#revision;
  }

  /** Writes all commits in one write and one sync; durable when it resolves. */
  async append(commits: readonly JournalCommit[]): Promise<void> {
    this.#writer.clear();
    for (const commit of commits) {
      writeFrame(this.#writer, this.#bytes, () => this.#encoder.write(this.#writer, commit));
    }
    await this.#file.write(this.#writer.view(), this.#bytes);
    await this.#file.sync();
    this.#bytes += this.#writer.length;
    this.#revision = commits.at(-1)?.commit.revision ?? this.#revision;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
