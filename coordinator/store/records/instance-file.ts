import { atOnce } from '../../in-turns.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { damageError, newerRecordError } from './damage.js';
import { decodeHeader, encodeHeader, FILE_HEADER_BYTES } from './file-header.js';
import type { FileHeader } from './file-header.js';
import { FirstFormatReader } from './first-format.js';
import { readFrame, writeFrame } from './frame.js';
import type { FrozenInstances } from './frozen-instances.js';
import { InstancePages } from './instance-pages.js';
import { RowsDecoder, RowsEncoder } from './rows-codec.js';
import { NAMES_LIMIT, TEXTS_LIMIT, TextTableReader, TextTableWriter } from './text-table.js';
import { UnknownRecord } from './unknown-record.js';

/** The format before rows: a frame of texts, then frames of single records. */
const FIRST_FORMAT = 1;

/** The pieces of an instance snapshot's file: its header, then a frame a page. Each is made as it is drawn, in under a millisecond. */
export function* encodeInstances(header: FileStart, instances: FrozenInstances): Generator<Uint8Array> {
  yield encodeHeader({ kind: 'instances', ...header });
  const encoder = new RowsEncoder(new TextTableWriter(NAMES_LIMIT), new TextTableWriter(TEXTS_LIMIT));
  for (const rows of instances.batches()) {
    const writer = new ByteWriter();
    writeFrame(writer, 0, () => {
      writer.varint(rows.like.changedAtMs);
      encoder.write(writer, rows, rows.like.changedAtMs);
    });
    yield writer.view();
  }
}

type FileStart = Omit<FileHeader, 'kind' | 'version'>;

/** What a snapshot of instances is to be. */
interface FileClaim {
  /** Name of the file, or of what else holds it. */
  readonly file: string;
  readonly revision: number;
  /** Instances in it. */
  readonly count: number;
}

/** Reads an instance snapshot; throws `HeadframeError`: data_loss on damage, failed_precondition when a later version wrote it. */
export function decodeInstances(claim: FileClaim, bytes: Buffer): InstancePages {
  return atOnce(decodingInstances(claim, bytes));
}

/** The same, with a yield for each page. */
export function* decodingInstances(
  { file, revision, count }: FileClaim,
  bytes: Buffer,
): Generator<void, InstancePages> {
  const header = decodeHeader(file, bytes, 'instances');
  if (header.revision !== revision) throw damageError(file, 0, `it is of revision ${String(header.revision)}`);
  const pages = new InstancePages();
  const reader = header.version === FIRST_FORMAT ? new FirstFormatReader(pages) : new PageReader(pages);
  for (let offset = FILE_HEADER_BYTES; offset < bytes.length;) {
    const frame = readFrame(bytes, offset);
    if (frame === undefined) throw damageError(file, offset, 'a block of instances is damaged');
    try {
      reader.read(new ByteReader(bytes, frame.start, frame.end));
    } catch (thrown) {
      if (thrown instanceof UnknownRecord) throw newerRecordError(file, offset, thrown.message);
      throw damageError(file, offset, 'a block of instances cannot be read', thrown);
    }
    offset = frame.end;
    yield;
  }
  const found = pages.freeze().count;
  if (found !== count) {
    throw damageError(file, bytes.length, `it holds ${String(found)} instances instead of ${String(count)}`);
  }
  return pages;
}

class PageReader {
  readonly #pages: InstancePages;
  readonly #decoder = new RowsDecoder(new TextTableReader(), new TextTableReader());

  constructor(pages: InstancePages) {
    this.#pages = pages;
  }

  read(reader: ByteReader): void {
    const { rows, hexIds } = this.#decoder.readPacked(reader, reader.varint());
    this.#pages.setAll(rows, hexIds);
  }
}
