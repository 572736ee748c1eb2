import { ErrorCode, NatsError } from 'nats';

/** What came of an attempt to put a message at one place of a stream. */
export type PutOutcome =
  | { readonly kind: 'stored'; readonly sequence: number }
  /** Something stands there already; it may be an earlier attempt of the same. */
  | { readonly kind: 'conflict'; readonly cause: unknown }
  /** Nobody knows whether it is stored: the servers were away or busy, or their answer was lost. */
  | { readonly kind: 'unclear'; readonly cause: unknown }
  /** It is not, and will not be by trying again. */
  | { readonly kind: 'refused'; readonly cause: unknown };

/*
 * Codes of JetStream's errors, as the server lists them:
 * https://github.com/nats-io/nats-server/blob/main/server/errors.json
 */
const WRONG_LAST_SEQUENCE = 10071;
const WRONG_LAST_SEQUENCE_CONSTANT = 10164;
const CONFLICTS: ReadonlySet<number> = new Set([WRONG_LAST_SEQUENCE, WRONG_LAST_SEQUENCE_CONSTANT]);
/** No leader, no quorum, a server that starts or ends, one that has too much to do or no room, which may be made. */
const PASSING_CODES: ReadonlySet<number> = new Set([429, 500, 503]);

/** No room that an account or a server may use is left, or none on its disk. */
const FULL: ReadonlySet<number> = new Set([10002, 10023, 10028, 10047, 10077]);

const PASSING_ERRORS: ReadonlySet<string> = new Set([
  ErrorCode.Timeout,
  ErrorCode.NoResponders,
  ErrorCode.Disconnect,
  ErrorCode.ConnectionTimeout,
  ErrorCode.ConnectionRefused,
]);

/** Whether a failed request may do better later: the servers did not answer, or said that they cannot now. */
export function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof NatsError)) return false;
  const { api_error: told } = thrown;
  if (told === undefined) return PASSING_ERRORS.has(thrown.code);
  return PASSING_CODES.has(told.code) || isFull(thrown);
}

/** Whether a request failed for the servers have no room. */
export function isFull(thrown: unknown): boolean {
  return thrown instanceof NatsError && FULL.has(thrown.api_error?.err_code ?? 0);
}

/** Tells what a failed attempt means. */
export function outcomeOf(thrown: unknown): Exclude<PutOutcome, { readonly kind: 'stored' }> {
  const code = thrown instanceof NatsError ? thrown.api_error?.err_code : undefined;
  if (code !== undefined && CONFLICTS.has(code)) return { kind: 'conflict', cause: thrown };
  return { kind: isPassing(thrown) ? 'unclear' : 'refused', cause: thrown };
}
