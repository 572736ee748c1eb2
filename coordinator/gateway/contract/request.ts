import { ScalarType, fromJson } from '@bufbuild/protobuf';
import type { DescField, DescMessage, JsonObject, JsonValue, MessageShape } from '@bufbuild/protobuf';
import { isFieldError } from '@bufbuild/protobuf/reflect';
import type { FieldViolation } from '../../../common/model/error.js';
import { requestInvalid } from '../refusals.js';
import type { Binding } from './binding.js';
import { expectationOf } from './expectation.js';

/** What was said of a request, in its three places. */
export interface Said {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Whether the fields that are not in the path are those of the query. */
export function isByQuery({ verb }: Pick<Binding, 'verb'>): boolean {
  return verb === 'GET' || verb === 'DELETE';
}

/** The fields of a request that the query or the body has. */
export function restOf(input: DescMessage, { path, without = [] }: Pick<Binding, 'path' | 'without'>): DescField[] {
  const taken = new Set([...namesIn(path), ...without]);
  return input.fields.filter(({ name }) => !taken.has(name));
}

/** The fields of a request that are in the path. */
export function namesIn(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

/** The message that a request of HTTP stands for. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function requestOf<I extends DescMessage>(input: I, binding: Binding, said: Said): MessageShape<I> {
  const rest = restOf(input, binding);
  const told = isByQuery(binding) ? byQuery(rest, said) : byBody(rest, said);
  try {
    return fromJson(input, { ...told, ...said.params });
  } catch (error) {
    throw requestInvalid([violationOf(error, input)]);
  }
}

function byQuery(rest: readonly DescField[], { query, body }: Said): JsonObject {
  const violations: FieldViolation[] = [];
  const isNothing = body === undefined || body === null || (isObject(body) && Object.keys(body).length === 0);
  if (!isNothing) violations.push({ path: '', expected: 'no body: fields are in the path and the query' });
  const told: JsonObject = {};
  for (const [key, value] of Object.entries(query)) {
    const field = fieldOf(rest, key);
    const read = field === undefined ? undefined : valueOf(field, value);
    if (field !== undefined && read !== undefined) told[field.jsonName] = read;
    else violations.push({ path: key, expected: field === undefined ? noField(rest) : expectationOf(field) });
  }
  if (violations.length > 0) throw requestInvalid(violations);
  return told;
}

function byBody(rest: readonly DescField[], { query, body = {} }: Said): JsonObject {
  const [asked] = Object.keys(query);
  if (asked !== undefined) throw requestInvalid([{ path: asked, expected: 'no query: fields are in the body' }]);
  if (!isObject(body)) throw requestInvalid([{ path: '', expected: 'a JSON object' }]);
  const unknown = Object.keys(body).filter((key) => fieldOf(rest, key) === undefined);
  if (unknown.length > 0) throw requestInvalid(unknown.map((path) => ({ path, expected: noField(rest) })));
  return body;
}

/** By its name in JSON, or as the contract has it. */
function fieldOf(fields: readonly DescField[], key: string): DescField | undefined {
  return fields.find(({ jsonName, name }) => jsonName === key || name === key);
}

/** A value of the query; undefined for one that cannot be the field's. */
function valueOf(field: DescField, given: unknown): JsonValue | undefined {
  const texts = (Array.isArray(given) ? given : [given]).filter((one): one is string => typeof one === 'string');
  const [first = ''] = texts;
  switch (field.fieldKind) {
    case 'list':
      return texts;
    case 'map':
      return pairsOf(texts);
    case 'message':
      return undefined;
    case 'enum':
      return texts.length === 1 ? first : undefined;
    case 'scalar':
      if (texts.length !== 1) return undefined;
      return field.scalar === ScalarType.BOOL && /^(?:true|false)$/.test(first) ? first === 'true' : first;
  }
}

/** `key=value` each. */
function pairsOf(texts: readonly string[]): JsonObject | undefined {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return texts.every((text) => text.indexOf('=') > 0) ? Object.fromEntries(pairs) : undefined;
}

function violationOf(error: unknown, input: DescMessage): FieldViolation {
  const cause = error instanceof Error ? error.cause : undefined;
  if (isFieldError(cause)) {
    const field = cause.field();
    if (field.kind === 'oneof') return { path: field.name, expected: 'one of them alone' };
    return { path: field.jsonName, expected: expectationOf(field) };
  }
  const message = error instanceof Error ? error.message : '';
  const [, key] = /key "(.{1,100})" is unknown$/.exec(message) ?? [];
  if (key !== undefined) return { path: key, expected: 'a field that there is: /openapi.json has them' };
  const [, type = ''] = /^cannot decode enum (\S+) from JSON/.exec(message) ?? [];
  const field = type === '' ? undefined : fieldOfEnum(input, type);
  if (field !== undefined) return { path: field.jsonName, expected: expectationOf(field) };
  return { path: '', expected: 'the JSON of the message as /openapi.json has it' };
}

/** The first field of that enum in a message and those in it. */
function fieldOfEnum(message: DescMessage, type: string, seen = new Set<DescMessage>()): DescField | undefined {
  if (seen.has(message)) return undefined;
  seen.add(message);
  const own = message.fields.find((field) => field.enum?.typeName === type);
  if (own !== undefined) return own;
  for (const { message: nested } of message.fields) {
    const found = nested === undefined ? undefined : fieldOfEnum(nested, type, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function noField(fields: readonly DescField[]): string {
  const names = fields.map(({ jsonName }) => jsonName);
  return names.length === 0 ? 'nothing: there are no fields here' : `one of ${names.join(', ')}`;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
