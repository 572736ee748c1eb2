import { MODEL_TYPES } from '../../../common/model/model-spec.js';
import type { Endpoint, Reply } from './reply.js';

/** How a model meets a point: as agreed, in a way that is understood as well, or not. */
export type Mark = 'met' | 'accepted' | 'broken';

/** One point of the contract and how a model meets it. */
export interface Point {
  readonly endpoint: Endpoint;
  /** A field of the answer, or `answer` for all of it. */
  readonly point: string;
  readonly mark: Mark;
  readonly expected: string;
  /** What is there instead, shortened; absent where it is met. */
  readonly found?: string;
}

/** What `/info` may declare. */
const TYPES: readonly unknown[] = MODEL_TYPES;
/** Names that replies had before `response`; the first that holds a text counts. */
const OLD_REPLY_KEYS = ['text', 'message', 'answer', 'output'] as const;
/** Of what is quoted of a model, in characters. */
const MOST_QUOTED = 80;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

type Body = Readonly<Record<string, unknown>>;

/** A field that is wanted, and what it is to be. */
interface Field {
  readonly name: string;
  readonly expected: string;
  readonly isMet: (value: unknown, body: Body) => boolean;
  /** Whether it is understood, though it is not as agreed. */
  readonly isAccepted?: (value: unknown, body: Body) => boolean;
}

const FIELDS: Readonly<Record<Endpoint, readonly Field[]>> = {
  'GET /health': [
    { name: 'status', expected: '"healthy"', isMet: (value) => value === 'healthy' },
    { name: 'model_loaded', expected: 'true', isMet: (value) => value === true },
    {
      ...{ name: 'uptime', expected: 'a text such as "2h 15m 30s"', isMet: isText },
      isAccepted: (value) => isNumberFrom0(value) || value === undefined,
    },
  ],
  'GET /info': [
    { name: 'model_name', expected: 'a text', isMet: isText },
    { name: 'model_type', expected: `one of ${MODEL_TYPES.join(', ')}`, isMet: (value) => TYPES.includes(value) },
    { name: 'version', expected: 'a text', isMet: isText },
    {
      name: 'capabilities',
      expected: 'a list of texts',
      isMet: (value) => Array.isArray(value) && value.every(isText),
    },
    {
      ...{ name: 'max_context_length', expected: 'a whole number above 0, for an llm', isMet: isCount },
      isAccepted: (value, { model_type: type }) => value === undefined && type !== 'llm',
    },
  ],
  'POST /api/chat': [
    {
      ...{ name: 'response', expected: 'the reply, as a text', isMet: isText },
      isAccepted: (value, body) => value === undefined && replyTextOf(body) !== undefined,
    },
    { name: 'model', expected: 'the name of the model', isMet: isText, isAccepted: isAbsent },
    {
      ...{ name: 'timestamp', expected: 'a time as ISO 8601 has it', isMet: isTime },
      isAccepted: isAbsent,
    },
    { name: 'processing_time', expected: 'seconds, from 0', isMet: isNumberFrom0, isAccepted: isAbsent },
  ],
};

/** The reply of a model, by the key of the contract or an old one; undefined where there is none. Pure. */
export function replyTextOf(body: Body): { readonly key: string; readonly text: string } | undefined {
  for (const key of ['response', ...OLD_REPLY_KEYS]) {
    const text = body[key];
    if (typeof text === 'string' && text.trim() !== '') return { key, text };
  }
  return undefined;
}

/** How a reply meets the contract, point by point: one that is no answer has one point, which is broken. Pure. */
export function judgeReply(endpoint: Endpoint, reply: Reply): Point[] {
  const whole = (expected: string, found: string): Point[] => [
    { endpoint, point: 'answer', mark: 'broken', expected, found },
  ];
  if (reply.kind === 'silence') return whole('an answer in time, of at most 1 MiB', reply.text);
  const { status, body } = reply;
  if (status !== 200) return whole('status 200', `status ${String(status)}: ${quoted(body)}`);
  const read = objectOf(body);
  if (read === undefined) return whole('a JSON object', quoted(body));
  return FIELDS[endpoint].map((field) => judgeField(endpoint, field, read));
}

function judgeField(endpoint: Endpoint, { name, expected, isMet, isAccepted }: Field, body: Body): Point {
  const value = body[name];
  if (isMet(value, body)) return { endpoint, point: name, mark: 'met', expected };
  const mark = isAccepted?.(value, body) === true ? 'accepted' : 'broken';
  return { endpoint, point: name, mark, expected, found: foundOf(name, value, body) };
}

function foundOf(name: string, value: unknown, body: Body): string {
  const old = name === 'response' && value === undefined ? replyTextOf(body) : undefined;
  if (old !== undefined) return `the old key ${old.key}`;
  return value === undefined ? 'nothing' : quoted(JSON.stringify(value));
}

function objectOf(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // What it holds is judged field by field.
    return isObject ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}

/** The beginning of what a model says, without what would steer a terminal. */
function quoted(text: string): string {
  const clean = text
    .slice(0, 4 * MOST_QUOTED)
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  if (clean === '') return 'nothing';
  // A pair that is cut in two is no text any more.
  return clean.length > MOST_QUOTED ? `${clean.slice(0, MOST_QUOTED).replace(/\p{Surrogate}$/u, '')}…` : clean;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isNumberFrom0(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && isNumberFrom0(value) && value !== 0;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value));
}

function isAbsent(value: unknown): boolean {
  return value === undefined;
}
