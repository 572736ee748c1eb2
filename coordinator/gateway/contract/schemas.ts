import { ScalarType } from '@bufbuild/protobuf';
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { described, describedEnum } from './described.js';
import { namesOf } from './expectation.js';

/** A schema as JSON Schema 2020-12 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const WHOLE = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
const NATURAL = { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 };
/** JSON readers round them. */
const LONG = { type: 'string', format: 'int64', pattern: '^-?\\d{1,19}$' };
const LONG_NATURAL = { type: 'string', format: 'uint64', pattern: '^\\d{1,20}$' };
const NUMBER = { type: 'number' };

const OF_SCALAR: Readonly<Record<ScalarType, JsonSchema>> = {
  [ScalarType.DOUBLE]: NUMBER,
  [ScalarType.FLOAT]: NUMBER,
  [ScalarType.INT32]: WHOLE,
  [ScalarType.SINT32]: WHOLE,
  [ScalarType.SFIXED32]: WHOLE,
  [ScalarType.UINT32]: NATURAL,
  [ScalarType.FIXED32]: NATURAL,
  [ScalarType.INT64]: LONG,
  [ScalarType.SINT64]: LONG,
  [ScalarType.SFIXED64]: LONG,
  [ScalarType.UINT64]: LONG_NATURAL,
  [ScalarType.FIXED64]: LONG_NATURAL,
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BYTES]: { type: 'string', contentEncoding: 'base64' },
};

/** Refers to the schema of a message or an enum. */
export function refTo({ name }: DescMessage | DescEnum): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The schema of a field's value. Pure. */
export function schemaOfField(field: DescField): JsonSchema {
  switch (field.fieldKind) {
    case 'scalar':
      return OF_SCALAR[field.scalar];
    case 'enum':
      return refTo(field.enum);
    case 'message':
      return refTo(field.message);
    case 'list':
      return { type: 'array', items: ofItem(field) };
    case 'map':
      return { type: 'object', additionalProperties: ofItem(field) };
  }
}

/** The schema of an object with these fields; `isWhole` for one that has each of them that cannot be unset. */
export function objectOf(fields: readonly DescField[], isWhole: boolean): JsonSchema {
  const properties = Object.fromEntries(
    fields.map((field) => [field.jsonName, { ...schemaOfField(field), ...described(field) }]),
  );
  const required = isWhole ? fields.filter(isAlwaysTold).map(({ jsonName }) => jsonName) : [];
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }), additionalProperties: false };
}

/**
 * The schemas by name of answers and of all that answers and requests are made of: what requests have a part in may leave
 * fields out. Throws for two of one name.
 */
export function schemasOf(asked: readonly DescMessage[], answered: readonly DescMessage[]): Record<string, JsonSchema> {
  const inRequests = new Set(asked.flatMap((message) => [...reachedFrom(message)].filter((type) => type !== message)));
  const all = new Set([...inRequests, ...answered.flatMap((message) => [...reachedFrom(message)])]);
  const schemas: Record<string, JsonSchema> = {};
  for (const type of all) {
    if (type.name in schemas) throw new Error(`there are two types ${type.name}`);
    schemas[type.name] =
      type.kind === 'enum'
        ? { type: 'string', enum: namesOf(type), ...describedEnum(type) }
        : { ...objectOf(type.fields, !inRequests.has(type)), ...described(type) };
  }
  return schemas;
}

/** With `alwaysEmitImplicit` these are in every answer. */
function isAlwaysTold({ fieldKind, presence, oneof }: DescField): boolean {
  if (oneof !== undefined) return false;
  return fieldKind === 'list' || fieldKind === 'map' || presence === FeatureSet_FieldPresence.IMPLICIT;
}

function reachedFrom(message: DescMessage, known = new Set<DescMessage | DescEnum>()): Set<DescMessage | DescEnum> {
  if (known.has(message)) return known;
  known.add(message);
  for (const field of message.fields) {
    if (field.message !== undefined) reachedFrom(field.message, known);
    if (field.enum !== undefined) known.add(field.enum);
  }
  return known;
}

function ofItem(field: DescField & { readonly fieldKind: 'list' | 'map' }): JsonSchema {
  if (field.message !== undefined) return refTo(field.message);
  if (field.enum !== undefined) return refTo(field.enum);
  return OF_SCALAR[field.scalar];
}
