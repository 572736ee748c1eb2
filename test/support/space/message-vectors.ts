import type { NodeMessage } from '../../../agent/kinds/space/wire/message.js';

/** A message in the form of the vectors: bytes as hex, integers of 64 bits as decimal texts, nothing as an empty text. */
export function asVector({ type, ...fields }: NodeMessage): unknown {
  return { type, fields: plain(fields) };
}

function plain(value: unknown): unknown {
  if (value === undefined) return '';
  if (typeof value === 'bigint') return String(value);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
