import { z } from 'zod';
import type { Operation } from '../route.js';

/** What the OpenAPI document tells of a route that takes a form with a file beside these fields. Pure. */
export function formOperation(id: string, fields: z.ZodObject, reply: z.ZodType): Operation {
  const { properties = {} } = jsonSchema(fields, 'input') as { properties?: Record<string, object> }; // of an object
  const file = { type: 'string', contentMediaType: 'application/octet-stream' };
  return {
    ...{ id, tag: 'vms', bodyType: 'multipart/form-data' },
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    body: { type: 'object', properties: { file, ...properties } },
    reply: { type: 'application/json', schema: jsonSchema(reply, 'output') },
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
