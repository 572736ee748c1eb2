import type { InstanceRecord } from '../../../common/model/instance.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { damageError } from './damage.js';
import { decodeHeader, encodeHeader, FILE_HEADER_BYTES } from './file-header.js';
import type { FileHeader } from './file-header.js';
import { readFrame, writeFrame } from './frame.js';
import type { Frame } from './frame.js';
import { InstanceDecoder, InstanceEncoder } from './instance-codec.js';

/** Instances in one frame: about a millisecond of encoding, for which the event loop is held. */
const BLOCK_RECORDS = 1024;

/** The pieces of an instance snapshot's file: its header, then frames of instances, each with its count and base time. */
export function* encodeInstances(
  header: Omit<FileHeader, 'kind'>,
  instances: readonly InstanceRecord[],
): Generator<Uint8Array> {
  yield encodeHeader({ kind: 'instances', ...header });
  const [writer, encoder] = [new ByteWriter(), new InstanceEncoder()];
  for (let from = 0, offset = FILE_HEADER_BYTES; from < instances.length; from += BLOCK_RECORDS) {
    const block = instances.slice(from, from + BLOCK_RECORDS);
    writer.clear();
    writeFrame(writer, offset % 2 ** 32, () => encodeBlock(writer, encoder, block));
    offset += writer.length;
    yield writer.view();
  }
}

function encodeBlock(writer: ByteWriter, encoder: InstanceEncoder, block: readonly InstanceRecord[]): void {
  const atMs = block[0]?.changedAtMs ?? 0;
  writer.varint(block.length);
  writer.varint(atMs);
  for (const record of block) encoder.write(writer, record, atMs);
}

/** Reads an instance snapshot of `count` instances; throws `HeadframeError` data_loss on damage. */
export function decodeInstances(file: string, bytes: Buffer, revision: number, count: number): InstanceRecord[] {
  const header = decodeHeader(file, bytes, 'instances');
  if (header.revision !== revision) throw damageError(file, 0, `it is of revision ${String(header.revision)}`);
  const decoder = new InstanceDecoder();
  const instances: InstanceRecord[] = [];
  for (let offset = FILE_HEADER_BYTES; offset < bytes.length;) {
    const frame = readFrame(bytes, offset);
    if (frame === undefined) throw damageError(file, offset, 'a block of instances is damaged');
    decodeBlock({ file, bytes, offset }, frame, decoder, instances);
    offset = frame.end;
  }
  if (instances.length !== count) {
    throw damageError(file, bytes.length, `it holds ${String(instances.length)} instances instead of ${String(count)}`);
  }
  return instances;
}

function decodeBlock(
  place: { readonly file: string; readonly bytes: Buffer; readonly offset: number },
  frame: Frame,
  decoder: InstanceDecoder,
  into: InstanceRecord[],
): void {
  const reader = new ByteReader(place.bytes, frame.start, frame.end);
  try {
    const count = reader.varint();
    const atMs = reader.varint();
    for (let left = count; left > 0; left--) into.push(decoder.read(reader, atMs));
  } catch (thrown) {
    throw damageError(place.file, place.offset, 'a block of instances cannot be read', thrown);
  }
}
