import type { ErrorCode } from '../../../common/model/error.js';
import type { RefusedConnection } from '../../../common/rpc/index.js';
import type { AuditFacts } from './entry.js';

/** Stands in entries for the method: no call was made. */
export const CONNECTION = 'connection';

/** Whoever left before anything was decided was not refused: a probe of a load balancer, or a host that loses its way. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT']);
/** Of all others nobody knows who they are. */
const OUTCOMES: Readonly<Record<string, ErrorCode>> = {
  too_many_connections: 'resource_exhausted',
  unproven_too_much: 'resource_exhausted',
  too_much_trouble: 'resource_exhausted',
  headers_too_large: 'resource_exhausted',
  message_too_large: 'resource_exhausted',
  unproven_too_long: 'deadline_exceeded',
  request_too_slow: 'deadline_exceeded',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'deadline_exceeded',
  unknown_method: 'unimplemented',
};

/** What is recorded of a connection that was dropped, or of a call that was before anybody looked who makes it. */
export function connectionFacts({ peer, reason }: RefusedConnection, atMs: number): AuditFacts | undefined {
  if (GONE.has(reason)) return undefined;
  const nobody = { role: 'stranger', name: '', credential: '', target: '', requestId: '' };
  const outcome = OUTCOMES[reason] ?? 'unauthenticated';
  return { ...nobody, atMs, peer, method: CONNECTION, outcome, reason, count: 1 };
}
