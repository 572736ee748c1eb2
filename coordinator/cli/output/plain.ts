import { ScalarType, toJson } from '@bufbuild/protobuf';
import type { DescField, DescMessage, JsonValue, MessageShape } from '@bufbuild/protobuf';

/**
 * A message as the protobuf JSON mapping has it (lowerCamelCase, enum names, every plain field present), except that
 * 64-bit integers are numbers while a double holds them exactly. Any protobuf JSON reader takes it back.
 */
export function toPlain<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  return withNumbers(schema, toJson(schema, message, { alwaysEmitImplicit: true }));
}

function withNumbers(schema: DescMessage, json: JsonValue): JsonValue {
  if (!isObject(json)) return json;
  const entries = Object.entries(json).map(([name, value]): [string, JsonValue] => {
    const field = schema.fields.find((candidate) => candidate.jsonName === name);
    return [name, field === undefined ? value : fieldWithNumbers(field, value)];
  });
  return Object.fromEntries(entries);
}

function fieldWithNumbers(field: DescField, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((entry) => valueWithNumbers(field, entry));
  if (field.fieldKind === 'map' && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, valueWithNumbers(field, entry)]));
  }
  return valueWithNumbers(field, value);
}

function valueWithNumbers(field: DescField, value: JsonValue): JsonValue {
  if (field.message !== undefined) return withNumbers(field.message, value);
  // Only 64-bit integers are texts of digits in a field that holds no text.
  if (field.scalar === undefined || typeof value !== 'string' || !LONG_INTEGERS.has(field.scalar)) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const LONG_INTEGERS: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

function isObject(json: JsonValue): json is { [name: string]: JsonValue } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
