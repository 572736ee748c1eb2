import { ByteReader } from './byte-reader.js';
import { damageError } from './damage.js';
import { decodeHeader, encodeHeader, FILE_HEADER_BYTES } from './file-header.js';
import type { FileHeader } from './file-header.js';
import { readFrame } from './frame.js';
import type { FrozenInstances } from './frozen-instances.js';
import { InstanceArena } from './instance-arena.js';

/** The pieces of an instance snapshot's file: its header, a frame of texts, then frames of records. */
export function* encodeInstances(header: Omit<FileHeader, 'kind'>, instances: FrozenInstances): Generator<Uint8Array> {
  yield encodeHeader({ kind: 'instances', ...header });
  yield* instances.frames();
}

/** Reads an instance snapshot of `count` instances; throws `HeadframeError` data_loss on damage. */
export function decodeInstances(file: string, bytes: Buffer, revision: number, count: number): InstanceArena {
  const header = decodeHeader(file, bytes, 'instances');
  if (header.revision !== revision) throw damageError(file, 0, `it is of revision ${String(header.revision)}`);
  let [arena, found]: [InstanceArena | undefined, number] = [undefined, 0];
  for (let offset = FILE_HEADER_BYTES; offset < bytes.length;) {
    const frame = readFrame(bytes, offset);
    if (frame === undefined) throw damageError(file, offset, 'a block of instances is damaged');
    const payload = bytes.subarray(frame.start, frame.end);
    try {
      if (arena === undefined) arena = readTexts(payload);
      else found += arena.adopt(payload);
    } catch (thrown) {
      throw damageError(file, offset, 'a block of instances cannot be read', thrown);
    }
    offset = frame.end;
  }
  if (arena === undefined || found !== count) {
    throw damageError(file, bytes.length, `it holds ${String(found)} instances instead of ${String(count)}`);
  }
  return arena;
}

function readTexts(payload: Buffer): InstanceArena {
  const reader = new ByteReader(payload, 0, payload.length);
  const table = (): string[] => {
    const texts: string[] = [];
    for (let left = reader.varint(); left > 0; left--) texts.push(reader.text());
    return texts;
  };
  return new InstanceArena({ names: table(), texts: table() });
}
