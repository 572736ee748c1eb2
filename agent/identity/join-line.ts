import { HeadframeError } from '../../common/model/error.js';

/** What the line that `token create` prints says. */
export interface JoinLine {
  /** `host:port`, or several with commas; undefined where the line leaves it out. */
  readonly coordinator: string | undefined;
  /** Id, dot and secret. */
  readonly token: string;
  /** `sha256:` and the digest in hex of the public key of the coordinator's authority. */
  readonly authority: string;
}

const PART = /--(coordinator|token|authority)(?:=|\s+)(\S+)/g;

/**
 * Reads the line, whole or from its first flag on. Throws `HeadframeError` (invalid_argument, 'join_line_invalid'), which
 * never repeats what it was given: it may hold a secret.
 */
export function parseJoinLine(text: string): JoinLine {
  const parts = new Map([...text.matchAll(PART)].map(([, name = '', value = '']) => [name, value]));
  return checkedJoinLine({
    coordinator: parts.get('coordinator'),
    token: parts.get('token'),
    authority: parts.get('authority'),
  });
}

/** A line of these parts. Throws as `parseJoinLine`. */
export function checkedJoinLine(given: Partial<Record<keyof JoinLine, string | undefined>>): JoinLine {
  const { coordinator, token = '', authority = '' } = given;
  const missing = [
    ...(/^[^\s.]+\.[^\s.]+$/.test(token) ? [] : ['--token, an id and a secret with a dot between them']),
    ...(/^sha256:[0-9a-fA-F]{64}$/.test(authority) ? [] : ['--authority, sha256: and 64 digits']),
  ];
  if (missing.length === 0) return { coordinator, token, authority: authority.toLowerCase() };
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'join_line_invalid',
    message: `the line to join by lacks ${missing.join(', and ')}`,
    remedy: 'Copy the whole line that headframe token create prints.',
  });
}
