import { z } from 'zod';
import { manifestSchema } from './schema.js';

/** What a kind cannot be without: under the field of the same name. */
const OF_KINDS = ['container', 'module', 'model', 'space'].map((kind) => ({
  if: { properties: { kind: { const: kind } } },
  then: { required: [kind] },
}));

/** The manifest's JSON Schema (draft 7, which editors know best), of what people write, for editors and other programs. */
export function manifestJsonSchema(): object {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-7' });
  return { title: 'Headframe miner manifest', ...schema, allOf: OF_KINDS };
}
