import { Metadata, status as Status } from '@grpc/grpc-js';
import type { ServiceError, StatusObject } from '@grpc/grpc-js';
import { HeadframeError, toHeadframeError } from '../model/error.js';
import type { ErrorCode } from '../model/error.js';
import { DETAILS_TRAILER, decodeDetails, encodeDetails } from './error-details.js';

const STATUS_OF: Readonly<Record<ErrorCode, Status>> = {
  cancelled: Status.CANCELLED,
  invalid_argument: Status.INVALID_ARGUMENT,
  deadline_exceeded: Status.DEADLINE_EXCEEDED,
  not_found: Status.NOT_FOUND,
  already_exists: Status.ALREADY_EXISTS,
  permission_denied: Status.PERMISSION_DENIED,
  resource_exhausted: Status.RESOURCE_EXHAUSTED,
  failed_precondition: Status.FAILED_PRECONDITION,
  aborted: Status.ABORTED,
  out_of_range: Status.OUT_OF_RANGE,
  unimplemented: Status.UNIMPLEMENTED,
  internal: Status.INTERNAL,
  unavailable: Status.UNAVAILABLE,
  data_loss: Status.DATA_LOSS,
  unauthenticated: Status.UNAUTHENTICATED,
};

// Object.entries widens the keys to strings.
const CODE_OF: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(STATUS_OF).map(([code, status]) => [status, code as ErrorCode]),
);

// Encoded length; the trailers as a whole must stay below 8 KiB, see error-details.ts.
const MAX_MESSAGE_LENGTH = 1024;

/** The gRPC status number of an error class. */
export function statusOf(code: ErrorCode): number {
  return STATUS_OF[code];
}

/** The error class of a gRPC status number; `internal` for UNKNOWN and numbers that gRPC does not define. */
export function codeOf(status: number): ErrorCode {
  return CODE_OF.get(status) ?? 'internal';
}

/** Puts an error into the status that ends a call; everything but its cause and inner reason goes with it. */
export function toStatus(error: HeadframeError): StatusObject {
  const code = STATUS_OF[error.code];
  const details = shorten(wellFormed(error.message));
  const metadata = new Metadata();
  metadata.set(DETAILS_TRAILER, encodeDetails(code, details, error));
  return { code, details, metadata };
}

/** Restores the error from what ended a call; where the other side gave no details, the reason is the code itself. */
export function toCallError(error: Error | null): HeadframeError {
  return isServiceError(error) ? fromServiceError(error) : toHeadframeError(error);
}

function isServiceError(error: Error | null): error is ServiceError {
  return error !== null && 'metadata' in error && 'details' in error;
}

function fromServiceError(error: ServiceError): HeadframeError {
  const code = codeOf(error.code);
  const bytes = error.metadata.get(DETAILS_TRAILER)[0];
  const details = bytes instanceof Buffer ? decodeDetails(bytes) : undefined;
  return new HeadframeError({ code, reason: code, message: error.details, cause: error, ...details });
}

/** Half of a surrogate pair makes `encodeURI`, by which grpc-js sends the text, throw. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function shorten(text: string): string {
  if (encodeURI(text).length <= MAX_MESSAGE_LENGTH) return text;
  let kept = '';
  let length = 0;
  for (const character of text) {
    length += encodeURI(character).length;
    if (length > MAX_MESSAGE_LENGTH - 10) break;
    kept += character;
  }
  return `${kept}…`;
}
