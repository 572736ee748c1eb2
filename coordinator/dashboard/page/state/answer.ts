import type { Problem } from './problem.js';

/** In which form an answer comes: whole, piece by piece in lines, or as text. */
type Form = 'object' | 'events' | 'lines' | 'text';

/** Of an answer that is shown, in characters. */
const MOST_CHARS = 256 * 1024;
/** Of what a model says where it does not answer, in characters. */
const MOST_QUOTED = 500;
/** Where a reply stands in an object: by the contract, and as it was before. */
const REPLY_KEYS = ['response', 'text', 'message', 'answer', 'output'] as const;
/** Where streams of others have a piece. */
const STREAM_KEYS = ['delta', 'content'] as const;
/** Of objects in each other that are looked into. */
const MOST_DEPTH = 4;
/** The end of a stream of events, as OpenAI's has it. */
const LAST_EVENT = '[DONE]';

/** An answer of a model, as it comes; in bounded memory, and whatever it is no more than text. */
export class Answer {
  readonly #form: Form;
  #said = '';
  /** What cannot be read before more of it is there. */
  #rest = '';

  constructor(contentType: string) {
    this.#form = formOf(contentType);
  }

  /** What the model said. */
  get text(): string {
    return this.#said;
  }

  /** Whether no more is taken. */
  get isFull(): boolean {
    return this.#said.length + this.#rest.length > MOST_CHARS;
  }

  /** Takes a piece, wherever it was cut. */
  take(piece: string): void {
    if (this.isFull) return;
    this.#rest += piece.slice(0, MOST_CHARS + 1 - this.#rest.length);
    if (this.#form === 'object') return;
    if (this.#form === 'text') this.#say(this.#rest.length);
    else this.#readLines();
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#form === 'object') this.#said = wholeReply(this.#rest);
    else this.#said += this.#form === 'text' ? this.#rest : readLine(this.#form, this.#rest);
    this.#rest = '';
    if (this.#said.length > MOST_CHARS) this.#said = `${this.#said.slice(0, MOST_CHARS)} …`;
  }

  #say(length: number): void {
    this.#said += this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
  }

  #readLines(): void {
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#said += readLine(this.#form, line);
  }
}

/** What somebody hears whose question a model has not answered: its own status and words. Pure. */
export function refusalOf(instance: string, status: number, said: string): Problem {
  const told = errorIn(parsed(said)) ?? said;
  const words = told.length > MOST_QUOTED ? `${told.slice(0, MOST_QUOTED)}…` : told;
  const remedy =
    status >= 500
      ? `It was reached, and has failed: see the log of ${instance}.`
      : 'The model does not take the question as it is: see what it says, and its /info.';
  return { status, reason: '', detail: `${instance} answers with the status ${String(status)}: ${words}`, remedy };
}

/** What an object says is wrong, as most have it. */
function errorIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const error: unknown = Reflect.get(value, 'error') ?? Reflect.get(value, 'message');
  const told: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error;
  return typeof told === 'string' ? told : undefined;
}

function formOf(contentType: string): Form {
  const [type = ''] = contentType.toLowerCase().split(';');
  if (type.trim() === 'text/event-stream') return 'events';
  if (/ndjson|jsonl|json-lines/.test(type)) return 'lines';
  return /[/+]json\s*$/.test(type) ? 'object' : 'text';
}

/** The reply in an object; all of it where there is none. */
function wholeReply(text: string): string {
  const found = replyIn(parsed(text));
  return found === undefined || found.trim() === '' ? text : found;
}

/** What a line of a stream adds; one that is no JSON is told as it is. */
function readLine(form: Form, line: string): string {
  const isEvent = form === 'events';
  if (isEvent && !line.startsWith('data:')) return '';
  const data = (isEvent ? line.slice('data:'.length) : line).replace(/^ |\r$/g, '');
  if (data.trim() === '' || data.trim() === LAST_EVENT) return '';
  const value = parsed(data);
  return value === undefined ? `${data}\n` : (replyIn(value) ?? '');
}

/** The text in what a model answers: by the contract, by old keys, or as streams of others have it. Pure. */
export function replyIn(value: unknown, depth: number = MOST_DEPTH): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  const choices: unknown = Reflect.get(value, 'choices');
  if (Array.isArray(choices)) return replyIn(choices[0], depth - 1);
  return [...REPLY_KEYS, ...STREAM_KEYS].map((key) => replyIn(Reflect.get(value, key), depth - 1)).find(isSaid);
}

function isSaid(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
