import { createHash } from 'node:crypto';

/** What is recorded of one call, or of what befell the log itself. */
export interface AuditFacts {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Role of the caller, `stranger` before anybody was let in, `coordinator` for what it writes by itself. */
  readonly role: string;
  readonly name: string;
  /** Serial of the certificate or id of the token; never a secret. */
  readonly credential: string;
  readonly peer: string;
  /** Path of the method; `log.…` for what befell the log. */
  readonly method: string;
  /** Such as `miner/alpha`; several with commas. */
  readonly target: string;
  /** `started`, `ok` or the code of an error. */
  readonly outcome: string;
  /** Of the error; empty otherwise. */
  readonly reason: string;
  readonly requestId: string;
  /** Calls that it stands for, from 1. */
  readonly count: number;
}

/** An entry's place in the chain: its number, from 1, and the SHA-256 that the next entry repeats, in hexadecimal. */
export interface ChainLink {
  readonly sequence: number;
  readonly hash: string;
}

/** One entry as it stands in the log. */
export interface AuditEntry extends AuditFacts, ChainLink {
  /** Hash of the entry before. */
  readonly previous: string;
}

/** What comes before the first entry. */
export const CHAIN_START: ChainLink = { sequence: 0, hash: '0'.repeat(64) };

const LONGEST_TEXT = 1024;
const TEXTS = [
  'role',
  'name',
  'credential',
  'peer',
  'method',
  'target',
  'outcome',
  'reason',
  'requestId',
  'previous',
] as const;
const NUMBERS = ['sequence', 'atMs', 'count'] as const;

/** Writes the entry that comes after `before`: a line of JSON without its end, whose hash covers all that precedes the hash. */
export function writeEntry(before: ChainLink, facts: AuditFacts): { readonly line: string; readonly link: ChainLink } {
  const sequence = before.sequence + 1;
  const { atMs, role, name, credential, peer, method, target, outcome, reason, requestId, count } = facts;
  const texts = { role, name, credential, peer, method, target, outcome, reason, requestId };
  const bounded = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, cut(text)]));
  const body = JSON.stringify({ sequence, atMs, count, ...bounded, previous: before.hash }).slice(0, -1);
  const hash = hashOf(body);
  return { line: `${body},"hash":"${hash}"}`, link: { sequence, hash } };
}

/** Reads a line; undefined when it is none of an entry or its hash is not its own. */
export function readEntry(line: string): AuditEntry | undefined {
  const [, body, hash] = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s.exec(line) ?? [];
  if (body === undefined || hash === undefined || hashOf(body) !== hash) return undefined;
  const value = parseObject(`${body}}`);
  if (value === undefined) return undefined;
  const isSound = TEXTS.every((key) => typeof value[key] === 'string') && NUMBERS.every((key) => isCount(value[key]));
  // Every field has just been looked at.
  return isSound ? ({ ...value, hash } as unknown as AuditEntry) : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Text that begins with a brace is an object.
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

// Half of a pair of surrogates would not come back from UTF-8 as it was written, so that it goes there and back at once.
function cut(text: string): string {
  const bounded = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
  return Buffer.from(bounded).toString();
}
