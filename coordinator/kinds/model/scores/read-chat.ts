import { replyTextOf } from '../contract.js';
import type { Reply } from '../reply.js';

/** What a model said, or why it said nothing that counts. */
export type ChatReading =
  | { readonly kind: 'text'; readonly text: string; readonly key: string; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly text: string; readonly tookMs: number };

const SILENCES = {
  unreachable: 'canary_unreachable',
  timeout: 'canary_late',
  too_large: 'canary_too_large',
  broken_off: 'canary_broken_off',
} as const;

/** Reads the answer of a model to a chat: the status counts first, then the key of the contract, then those of before. Pure. */
export function readChat(reply: Reply): ChatReading {
  const { tookMs } = reply;
  if (reply.kind === 'silence') return { kind: 'failed', reason: SILENCES[reply.why], text: reply.text, tookMs };
  const { status, body } = reply;
  if (status !== 200) return { kind: 'failed', reason: 'canary_status', text: `status ${String(status)}`, tookMs };
  const said = replyTextOf(objectOf(body));
  if (said === undefined)
    return { kind: 'failed', reason: 'canary_garbage', text: 'no JSON object with a text in response', tookMs };
  return { kind: 'text', ...said, tookMs };
}

function objectOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    // Of a list or a text it finds no key.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
