import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** One thing that a build does, as it stands at that moment. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  /** Milliseconds since the epoch; undefined while it has not begun. */
  readonly startedMs: number | undefined;
  /** Undefined while it is not over. */
  readonly completedMs: number | undefined;
  /** '' unless it failed. */
  readonly error: string;
}

/** Output of a step, cut anywhere. */
export interface VertexOutput {
  /** Digest of its vertex. */
  readonly vertex: string;
  readonly bytes: Uint8Array;
}

/** What BuildKit tells at once. */
export interface BuildTrace {
  readonly vertexes: readonly Vertex[];
  readonly outputs: readonly VertexOutput[];
}

/**
 * Reads a `moby.buildkit.v1.StatusResponse`, as far as it is told on. Its fields are those of
 * https://github.com/moby/buildkit/blob/v0.8.3/api/services/control/control.proto, which later versions only add to.
 * @throws Error for bytes that are none
 */
export function readTrace(bytes: Uint8Array): BuildTrace {
  const vertexes: Vertex[] = [];
  const outputs: VertexOutput[] = [];
  eachField(bytes, {
    1: (reader) => vertexes.push(vertexOf(reader.bytes())),
    3: (reader) => outputs.push(outputOf(reader.bytes())),
  });
  return { vertexes, outputs };
}

type Fields = Readonly<Record<number, (reader: BinaryReader) => unknown>>;

/** Of these fields all but one are of one wire type; what is unknown is passed over. */
function eachField(bytes: Uint8Array, fields: Fields): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const read = type === WireType.LengthDelimited || type === WireType.Varint ? fields[number] : undefined;
    if (read === undefined) reader.skip(type, number);
    else read(reader);
  }
}

function vertexOf(bytes: Uint8Array): Vertex {
  const vertex = { digest: '', name: '', cached: false, error: '' };
  let startedMs: number | undefined;
  let completedMs: number | undefined;
  eachField(bytes, {
    1: (reader) => (vertex.digest = reader.string()),
    3: (reader) => (vertex.name = reader.string()),
    4: (reader) => (vertex.cached = reader.bool()),
    5: (reader) => (startedMs = timeOf(reader.bytes())),
    6: (reader) => (completedMs = timeOf(reader.bytes())),
    7: (reader) => (vertex.error = reader.string()),
  });
  return { ...vertex, startedMs, completedMs };
}

function outputOf(bytes: Uint8Array): VertexOutput {
  let vertex = '';
  let output: Uint8Array = new Uint8Array();
  eachField(bytes, {
    1: (reader) => (vertex = reader.string()),
    4: (reader) => (output = reader.bytes()),
  });
  return { vertex, bytes: output };
}

function timeOf(bytes: Uint8Array): number {
  let seconds = 0;
  let nanos = 0;
  eachField(bytes, {
    1: (reader) => (seconds = Number(reader.int64())),
    2: (reader) => (nanos = reader.int32()),
  });
  return seconds * 1000 + nanos / 1e6;
}
