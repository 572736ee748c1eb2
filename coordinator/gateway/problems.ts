import { STATUS_CODES } from 'node:http';
import type { ErrorCode, FieldViolation, HeadframeError } from '../../common/model/error.js';

/** Media type of a problem. */
const PROBLEM_TYPE = 'application/problem+json';

/** A refusal or failure as RFC 9457 has it, with what gRPC tells beside. */
export interface Problem {
  /** There is no page to each: `reason` tells them apart. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly remedy?: string;
  readonly violations?: readonly FieldViolation[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Id of the request, as the log and the audit have it. */
  readonly request: string;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  out_of_range: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  aborted: 409,
  failed_precondition: 409,
  resource_exhausted: 429,
  // The client has gone: nobody reads it.
  cancelled: 499,
  internal: 500,
  data_loss: 500,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
};

/** Where HTTP has a word of its own. */
const STATUS_OF_REASON: Readonly<Record<string, number>> = {
  revision_compacted: 410,
  route_gone: 410,
  revision_changed: 412,
  body_too_large: 413,
  message_too_large: 413,
  // It comes to nothing again however long whoever sends it waits.
  model_too_large: 413,
  media_type_unsupported: 415,
  idempotency_key_reused: 422,
  headers_too_large: 431,
  // The model's doing, and not the coordinator's.
  model_reply_broken: 502,
  vm_deploy_failed: 422,
};

/** The problem that tells of an error; its cause and inner reason stay here. */
export function problemOf(error: HeadframeError, request: string): Problem {
  const { code, reason, message, remedy, violations, metadata } = error;
  const status = STATUS_OF_REASON[reason] ?? STATUS[code];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Client Closed Request',
    ...{ status, detail: message, code, reason },
    ...(remedy === undefined ? {} : { remedy }),
    ...(violations.length === 0 ? {} : { violations }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    request,
  };
}

/** Of whoever is not known: nobody counts how often they ask, so that each time costs them a connection. */
const STRANGERS = new Set(['origin_refused', 'host_refused']);

/** What a problem's answer carries beside it. */
export function problemHeaders({ status, reason, metadata }: Problem): Readonly<Record<string, string>> {
  const type = { 'content-type': PROBLEM_TYPE };
  if (status === 401) return { ...type, 'www-authenticate': 'Bearer realm="headframe"', connection: 'close' };
  if (STRANGERS.has(reason)) return { ...type, connection: 'close' };
  if (status !== 429 && status !== 503) return type;
  return { ...type, 'retry-after': metadata?.['retryAfterSeconds'] ?? '1' };
}
