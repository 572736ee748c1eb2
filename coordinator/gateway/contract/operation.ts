import type { DescField, DescMethod } from '@bufbuild/protobuf';
import type { Operation } from '../route.js';
import type { Binding } from './binding.js';
import { described } from './described.js';
import { isByQuery, namesIn, restOf } from './request.js';
import { objectOf, refTo, schemaOfField } from './schemas.js';
import type { JsonSchema } from './schemas.js';

/** What the OpenAPI document tells of a method at its place. Pure. */
export function operationOf(method: DescMethod, binding: Binding): Operation {
  const { input, output, localName, methodKind, parent } = method;
  const names = new Set(namesIn(binding.path));
  const inPath = input.fields.filter(({ name }) => names.has(name));
  const rest = restOf(input, binding);
  const query = isByQuery(binding) ? rest.map((field) => parameter('query', field)) : [];
  const isStream = methodKind === 'server_streaming';
  return {
    id: binding.id ?? localName,
    tag: parent.name,
    ...described(method),
    parameters: [...inPath.map((field) => parameter('path', field)), ...query],
    ...(isByQuery(binding) || rest.length === 0 ? {} : { body: objectOf(rest, false) }),
    reply: { type: isStream ? 'application/x-ndjson' : 'application/json', schema: refTo(output) },
  };
}

function parameter(place: 'path' | 'query', field: DescField): JsonSchema {
  return {
    ...{ name: place === 'path' ? field.name : field.jsonName, in: place, schema: schemaOfParameter(field) },
    ...(place === 'path' ? { required: true } : {}),
    ...described(field),
  };
}

/** A map is given as a pair each. */
function schemaOfParameter(field: DescField): JsonSchema {
  if (field.fieldKind !== 'map') return schemaOfField(field);
  return { type: 'array', items: { type: 'string', pattern: '^[^=]+=.*$' } };
}
