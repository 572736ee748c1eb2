import { HeadframeError } from '../model/error.js';

/** What stands in the place of a secret. */
const CENSOR = '***';
/** Names whose values never leave the process, in any spelling. */
const SECRET_NAMES = new Set(['env', 'environment', 'password', 'pass', 'secret', 'token', 'authorization']);
/** Nothing worth a log line lies deeper, and a cycle ends here. */
const DEEPEST = 8;
/** Causes of causes that are told. */
const MOST_CAUSES = 4;

/** A copy of a log line's fields without secrets: by name, however deep they lie, and errors cut to what they say. */
export function scrub(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return scrubFields(fields, 0);
}

function scrubFields(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    SECRET_NAMES.has(name.toLowerCase()) && value !== undefined ? CENSOR : scrubValue(value, depth + 1),
  ]);
  // Made of string keys right here.
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function scrubValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, depth + 1));
  return isPlain(value) ? scrubFields(value, depth) : value;
}

/** What libraries hang on their errors, such as the request that failed, stays here: it may hold anything. */
function describeError(error: Error): Record<string, unknown> {
  const { name, stack } = error;
  const told = { type: name, message: messagesOf(error).join(': '), stack };
  if (!(error instanceof HeadframeError)) return { ...told, ...codeOf(error) };
  const { code, reason, remedy, metadata } = error;
  return { ...told, code, reason, remedy, metadata: scrubFields(metadata, 1) };
}

function messagesOf(error: Error): string[] {
  const messages: string[] = [];
  let next: unknown = error;
  while (next instanceof Error && messages.length < MOST_CAUSES) {
    if (!messages.includes(next.message)) messages.push(next.message);
    next = next.cause;
  }
  return messages;
}

function codeOf(error: Error): { readonly code?: string } {
  return 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
