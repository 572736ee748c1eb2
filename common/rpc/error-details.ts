import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { ErrorDetailSchema, ErrorStatusSchema } from '../gen/headframe/v1/error_pb.js';
import type { ErrorDetail, FieldViolation as WireViolation } from '../gen/headframe/v1/error_pb.js';
import type { FieldViolation, HeadframeError } from '../model/error.js';

/** Trailer that carries a serialised ErrorStatus, as every gRPC library knows it. */
export const DETAILS_TRAILER = 'grpc-status-details-bin';

/** The facts of an error that cross the wire besides its code and message. */
interface ErrorDetails {
  readonly reason: string;
  readonly remedy?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
}

// gRPC's C core (and so Python, Ruby, C++) starts refusing trailers beyond 8 KiB; base64 makes 4 of 3, and the
// percent-encoded message travels beside it.
const MAX_DETAILS_BYTES = 4608;

/** Serialises an error's details; violations that do not fit are left out and counted in `omitted_violations`. */
export function encodeDetails(status: number, message: string, error: HeadframeError): Buffer {
  let kept = error.violations.length;
  for (;;) {
    const bytes = encodeStatus(status, message, detailOf(error, kept));
    if (bytes.length <= MAX_DETAILS_BYTES) return Buffer.from(bytes);
    if (kept === 0) return Buffer.from(encodeStatus(status, message, { reason: error.reason.slice(0, 100) }));
    kept = Math.floor(kept * Math.min(0.9, MAX_DETAILS_BYTES / bytes.length));
  }
}

/** Reads the details of an error back; undefined when the bytes hold none that we know. */
export function decodeDetails(bytes: Uint8Array): ErrorDetails | undefined {
  const detail = findDetail(bytes);
  if (detail === undefined) return undefined;
  const violations = detail.violations.map(fromWireViolation);
  return { reason: detail.reason, ...given('remedy', detail.remedy), metadata: detail.metadata, violations };
}

function encodeStatus(code: number, message: string, detail: MessageInitShape<typeof ErrorDetailSchema>): Uint8Array {
  const details = [anyPack(ErrorDetailSchema, create(ErrorDetailSchema, detail))];
  return toBinary(ErrorStatusSchema, create(ErrorStatusSchema, { code, message, details }));
}

function detailOf(error: HeadframeError, kept: number): MessageInitShape<typeof ErrorDetailSchema> {
  const omitted = error.violations.length - kept;
  return {
    reason: error.reason,
    remedy: error.remedy ?? '',
    metadata: { ...error.metadata, ...(omitted > 0 && { omitted_violations: String(omitted) }) },
    violations: error.violations.slice(0, kept),
  };
}

function findDetail(bytes: Uint8Array): ErrorDetail | undefined {
  try {
    for (const any of fromBinary(ErrorStatusSchema, bytes).details) {
      const detail = anyUnpack(any, ErrorDetailSchema);
      if (detail !== undefined) return detail;
    }
  } catch {
    // Another server may put anything here; its status code and message still stand.
  }
  return undefined;
}

function fromWireViolation(wire: WireViolation): FieldViolation {
  const { document, path, value, expected, remedy } = wire;
  return { ...given('document', document), path, ...given('value', value), expected, ...given('remedy', remedy) };
}

function given<Key extends string>(key: Key, text: string): Partial<Record<Key, string>> {
  // A computed key makes TypeScript forget which key it is.
  return text === '' ? {} : ({ [key]: text } as Record<Key, string>);
}
