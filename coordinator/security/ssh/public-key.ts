import { createHash, createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { FieldViolation } from '../../../common/model/error.js';
import { SshReader } from './wire.js';

/** An OpenSSH public key whose form was checked. */
export interface SshPublicKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** The key as SSH sends it. */
  readonly blob: Buffer;
  /** `SHA256:` and the digest in base64, as `ssh-keygen -l` shows it. */
  readonly fingerprint: string;
  /** Type, base64 and comment, a space between each: what goes into a file. */
  readonly line: string;
}

/** What is wrong with a line; `shown` is left out where it may be secret. */
export interface KeyProblem {
  readonly expected: string;
  readonly remedy: string;
  readonly shown?: string;
}

/** A line's key, or why there is none. */
export type KeyVerdict =
  { readonly ok: true; readonly key: SshPublicKey } | { readonly ok: false; readonly problem: KeyProblem };

/** Of a line; a key of RSA with 16,384 bits has under 2,900 characters. */
const LONGEST_LINE = 8_192;
/** Of keys for one lease. */
const MOST_KEYS = 32;
const LONGEST_COMMENT = 200;
/** NIST SP 800-57 part 1, table 2: 128 bits of strength. */
const LEAST_RSA_BITS = 3_072;
const MOST_RSA_BITS = 16_384;

type Reader = (fields: SshReader) => string | undefined;

/** Reads what follows a key's type; answers what is wrong with it. Formats: RFC 4253, 5656, 8709 and OpenSSH's PROTOCOL.u2f. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ssh-ed25519', ed25519],
  ['ecdsa-sha2-nistp256', ecdsa('nistp256', 'P-256', 32)],
  ['ecdsa-sha2-nistp384', ecdsa('nistp384', 'P-384', 48)],
  ['ecdsa-sha2-nistp521', ecdsa('nistp521', 'P-521', 66)],
  ['ssh-rsa', rsa],
  ['sk-ssh-ed25519@openssh.com', ofToken(ed25519)],
  ['sk-ecdsa-sha2-nistp256@openssh.com', ofToken(ecdsa('nistp256', 'P-256', 32))],
]);

const EXPECTED =
  'a public key in one line, as in a .pub file: ssh-ed25519, ecdsa-sha2-nistp*, ssh-rsa or sk-*@openssh.com';
const MAKE_ONE = 'Make one with ssh-keygen -t ed25519 and give the line of its .pub file.';

/**
 * Checks the lines of keys that may log in and gives back what goes into a file, each key once. A path such as
 * `authorized_keys` names the field in what is wrong. Pure.
 */
export function judgeAuthorizedKeys(
  lines: readonly string[],
  path: string,
): { readonly keys: readonly string[]; readonly violations: readonly FieldViolation[] } {
  if (lines.length > MOST_KEYS) {
    const expected = `at most ${String(MOST_KEYS)} keys`;
    return { keys: [], violations: [{ path, value: `${String(lines.length)} keys`, expected }] };
  }
  const keys = new Map<string, string>();
  const violations: FieldViolation[] = [];
  for (const [index, line] of lines.entries()) {
    const verdict = readSshPublicKey(line);
    if (verdict.ok) keys.set(verdict.key.fingerprint, verdict.key.line);
    else violations.push(violationOf(verdict.problem, `${path}[${String(index)}]`));
  }
  return { keys: [...keys.values()], violations };
}

/** Reads one line of a .pub file. What may stand in authorized_keys besides, such as options, is refused. Pure. */
export function readSshPublicKey(text: string): KeyVerdict {
  if (text.includes('PRIVATE KEY'))
    return refused({
      expected: 'a public key, not a private one',
      remedy: 'Give the .pub file; keep this one secret.',
    });
  if (text.length > LONGEST_LINE) return wrong(text, `${EXPECTED}; of at most ${String(LONGEST_LINE)} characters`);
  const line = text.trim();
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line.replaceAll('\t', ' ')))
    return wrong(line, `${EXPECTED}; without control characters`);
  const [type = '', base64 = '', ...words] = line.split(/[ \t]+/);
  const reader = READERS.get(type);
  if (reader === undefined) return otherType(type, line);
  const comment = words.join(' ');
  if (comment.length > LONGEST_COMMENT)
    return wrong(line, `a comment of at most ${String(LONGEST_COMMENT)} characters`);
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64') !== base64) return wrong(line, `${EXPECTED}; the key in base64`);
  const fault = faultOf(type, blob, reader);
  if (fault !== undefined) return wrong(line, fault);
  const whole = comment === '' ? `${type} ${base64}` : `${type} ${base64} ${comment}`;
  return { ok: true, key: { type, blob, fingerprint: sshFingerprint(blob), line: whole } };
}

/** `SHA256:` and the digest of a key in base64, as OpenSSH shows it. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function faultOf(type: string, blob: Buffer, reader: Reader): string | undefined {
  try {
    const fields = new SshReader(blob);
    if (fields.string().toString('latin1') !== type) return 'a key of the type that the line names';
    const fault = reader(fields);
    return fault ?? (fields.atEnd ? undefined : 'a key with nothing behind it');
  } catch {
    return 'a whole key'; // cut off, or no point of its curve
  }
}

function otherType(type: string, line: string): KeyVerdict {
  if (type === 'ssh-dss') return wrong(line, `a key of another type than DSA, which is too weak; ${EXPECTED}`);
  if (/-cert-v0\d@openssh\.com$/.test(type)) return wrong(line, `a key, not a certificate; ${EXPECTED}`);
  const isBehindOptions = line.split(/[ \t]+/).some((word) => READERS.has(word));
  return wrong(line, isBehindOptions ? 'a key without options before it' : EXPECTED);
}

function ed25519(fields: SshReader): string | undefined {
  return fields.string().length === 32 ? undefined : 'an Ed25519 key of 32 bytes';
}

function ecdsa(name: string, crv: string, coordinateBytes: number): Reader {
  return (fields) => {
    if (fields.string().toString('latin1') !== name) return `a key of the curve ${name}`;
    const point = fields.string();
    const half = 1 + coordinateBytes;
    if (point[0] !== 4 || point.length !== 2 * coordinateBytes + 1) return `an uncompressed point of ${name}`;
    const [x, y] = [point.subarray(1, half), point.subarray(half)].map((one) => one.toString('base64url'));
    requireKey({ kty: 'EC', crv, x: x ?? '', y: y ?? '' });
    return undefined;
  };
}

function rsa(fields: SshReader): string | undefined {
  const [e, n] = [fields.string(), fields.string()];
  if (!isPositive(e) || !isPositive(n)) return 'an RSA key of positive numbers without leading zeros';
  const bits = BigInt(`0x${n.toString('hex')}`).toString(2).length;
  if (bits < LEAST_RSA_BITS || bits > MOST_RSA_BITS)
    return `an RSA key of ${String(LEAST_RSA_BITS)} to ${String(MOST_RSA_BITS)} bits (this one has ${String(bits)})`;
  const exponent = BigInt(`0x${e.toString('hex')}`);
  if (exponent < 3n || exponent % 2n === 0n || e.length > 8) return 'an RSA key with an odd exponent from 3';
  requireKey({ kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') });
  return undefined;
}

/** Of a security token: the key, then the name of what it was made for. */
function ofToken(reader: Reader): Reader {
  return (fields) => {
    const fault = reader(fields);
    if (fault !== undefined) return fault;
    const application = fields.string();
    return application.length > 0 && application.length <= 256 ? undefined : 'a key with the name of its application';
  };
}

/** RFC 4251: no leading byte of zeros but where the first bit would make it negative. */
function isPositive(number: Buffer): boolean {
  const [first = 0x80, second = 0] = number;
  return first < 0x80 && (first !== 0 || second >= 0x80);
}

/** Throws where OpenSSL takes it for no key, such as a point that is not on its curve. */
function requireKey(key: JsonWebKey): void {
  createPublicKey({ key, format: 'jwk' });
}

function violationOf({ expected, remedy, shown }: KeyProblem, path: string): FieldViolation {
  return { path, ...(shown === undefined ? {} : { value: shown }), expected, remedy };
}

function wrong(line: string, expected: string): KeyVerdict {
  return refused({ expected, remedy: MAKE_ONE, shown: line.length > 60 ? `${line.slice(0, 57)}...` : line });
}

function refused(problem: KeyProblem): KeyVerdict {
  return { ok: false, problem };
}
