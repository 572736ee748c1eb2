import { z } from 'zod';
import { manifestSchema } from './schema.js';

/** The manifest's JSON Schema (draft 7, which editors know best), of what people write, for editors and other programs. */
export function manifestJsonSchema(): object {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-7' });
  return { title: 'Headframe miner manifest', ...schema };
}
