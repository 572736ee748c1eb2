import type { FieldViolation } from './error.js';

/** Runtimes that a lease may ask for; '' leaves the engine's default. */
export const LEASE_RUNTIMES = ['', 'sysbox-runc', 'runsc', 'kata-runtime'] as const;

/** What a lease's network may reach. */
export const LEASE_EGRESS = ['internet', 'none'] as const;

/** What a lease's container is: fixed for the lease's life. */
export interface LeaseSpec {
  /** Id of the lease: the name of its miner, and the principal of its SSH certificates. */
  readonly lease: string;
  /** Name of the caller who made it. */
  readonly owner: string;
  /** Public keys as lines of OpenSSH, of whoever may log in. */
  readonly authorizedKeys: readonly string[];
  /** Public key of the fleet's user authority as OpenSSH writes it; '' for none. */
  readonly userCa: string;
  /** Public key of the coordinator's probes, which may run one fixed command and nothing else; '' for none. */
  readonly probeKey: string;
  /** crypt(3) hash of a one-time password; '' for none. */
  readonly passwordHash: string;
  readonly runtime: (typeof LEASE_RUNTIMES)[number];
  readonly egress: (typeof LEASE_EGRESS)[number];
  /** Bytes per second each way; 0 leaves the agent's default limit. */
  readonly bandwidthBytes: number;
  /** Block I/O in bytes per second each way; 0 leaves the agent's default limit. */
  readonly ioBytes: number;
}

/** What a lease can be at most. */
const LEASE_LIMITS = {
  authorizedKeys: 32,
  /** Of a key's line, in characters. */
  keyLine: 8_192,
  /** Of an owner's name, in characters: certificates of callers have no longer ones. */
  owner: 256,
  /** Of a hash by crypt(3), in characters. */
  passwordHash: 256,
  /** Of either limit of throughput, in bytes per second: 1 Tbit/s. */
  throughputBytes: 125_000_000_000,
} as const;

const KEY_FORM = 'TYPE BASE64 [COMMENT] in one line';
const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const OWNER = /^[\x20-\x7e]+$/;
/** A line of a public key, without options: whether it is a good one, the coordinator has judged where it came in. */
const KEY_LINE = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( [^\p{Cc}\p{Zl}\p{Zp}]*)?$/u;
/** `$id$salt$hash` of crypt(5), whose characters never include a colon or a line's end. */
const CRYPT_HASH = /^\$[a-z0-9]{1,8}\$[A-Za-z0-9./,=$+-]+$/;

/** What is wrong with a lease, by field; empty when nothing is. Pure. */
export function leaseSpecViolations(spec: LeaseSpec): FieldViolation[] {
  return [...nameViolations(spec), ...keyViolations(spec), ...throughputViolations(spec)];
}

function nameViolations({ lease, owner, passwordHash }: LeaseSpec): FieldViolation[] {
  const broken: FieldViolation[] = [];
  if (!NAME.test(lease)) broken.push({ path: 'lease.lease', expected: 'a name of a-z, 0-9 and -' });
  if (!OWNER.test(owner) || owner.length > LEASE_LIMITS.owner)
    broken.push({ path: 'lease.owner', expected: `1 to ${LEASE_LIMITS.owner} printable characters` });
  if (passwordHash !== '' && (passwordHash.length > LEASE_LIMITS.passwordHash || !CRYPT_HASH.test(passwordHash)))
    broken.push({ path: 'lease.passwordHash', expected: 'a hash of crypt(3)' });
  return broken;
}

function keyViolations({ authorizedKeys, userCa, probeKey }: LeaseSpec): FieldViolation[] {
  const broken: FieldViolation[] = [];
  if (authorizedKeys.length > LEASE_LIMITS.authorizedKeys)
    broken.push({ path: 'lease.authorizedKeys', expected: `at most ${LEASE_LIMITS.authorizedKeys} keys` });
  authorizedKeys.slice(0, LEASE_LIMITS.authorizedKeys).forEach((key, index) => {
    if (!isKeyLine(key)) broken.push({ path: `lease.authorizedKeys[${String(index)}]`, expected: KEY_FORM });
  });
  for (const [field, line] of Object.entries({ userCa, probeKey }))
    if (line !== '' && !isKeyLine(line)) broken.push({ path: `lease.${field}`, expected: KEY_FORM });
  return broken;
}

function isKeyLine(line: string): boolean {
  return line.length <= LEASE_LIMITS.keyLine && KEY_LINE.test(line);
}

function throughputViolations({ bandwidthBytes, ioBytes }: LeaseSpec): FieldViolation[] {
  const expected = `0 to ${LEASE_LIMITS.throughputBytes} bytes per second`;
  return Object.entries({ bandwidthBytes, ioBytes })
    .filter(([, value]) => !Number.isSafeInteger(value) || value < 0 || value > LEASE_LIMITS.throughputBytes)
    .map(([field, value]) => ({ path: `lease.${field}`, value: String(value), expected }));
}
