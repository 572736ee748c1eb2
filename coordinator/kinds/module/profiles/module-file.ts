import { z } from 'zod';
import type { FieldViolation } from '../../../../common/model/error.js';
import { MODULE_ROLE } from '../../../../common/model/module.js';
import { checkSchema, readDocuments, strictObject } from '../../../../common/model/schema/index.js';
import { isSafePath } from '../../../contents/index.js';
import { CHAIN_DUTIES } from './role-profile.js';

/** The file in the root of a module by which its author says what it is. */
export const MODULE_FILE = 'headframe.module.yaml';

const path = z
  .string()
  .min(1)
  .max(1_024)
  .refine(isSafePath, { error: 'a path from the root of the module, without ".."' });
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => !/\p{Cc}/u.test(value), { error: 'text on one line' });
const word = text(1_024);

const variable = strictObject({
  required: z.boolean().prefault(false),
  secret: z.boolean().prefault(false),
  default: z.union([text(4_096), z.number().transform(String), z.boolean().transform(String)]).optional(),
  description: text(500).prefault(''),
});

const port = strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,14}$/, 'a name of a-z, 0-9 and "-", at most 15 characters'),
  port: z.int().min(1).max(65_535),
});

const role = strictObject({
  entry: path.optional(),
  command: z.array(word).min(1).max(32).optional(),
  args: z.array(word).max(128).prefault([]),
  requirements: z.array(path).max(32).optional(),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a name of letters, digits and _'), variable)
    .refine((all) => Object.keys(all).length <= 256, 'at most 256 variables')
    .prefault({}),
  ports: z.array(port).max(32).optional(),
  duties: z.array(z.enum(CHAIN_DUTIES)).max(CHAIN_DUTIES.length).optional(),
});

const moduleFileSchema = strictObject({
  version: text(64).min(1).optional(),
  description: text(1_000).prefault(''),
  roles: z
    .record(
      z.string().regex(MODULE_ROLE, 'a name of a-z, 0-9 and "-", beginning with a letter, at most 31 characters'),
      role,
    )
    .refine((roles) => Object.keys(roles).length <= 16, 'at most 16 roles')
    .prefault({}),
});

/** What a module says of itself. */
export type ModuleFile = Readonly<z.output<typeof moduleFileSchema>>;

/** What a module says of one of its roles. */
export type DeclaredRole = ModuleFile['roles'][string];

/** What the file says, nothing where there is none, or everything that is wrong with it. */
export interface ReadModuleFile {
  readonly value?: ModuleFile;
  readonly violations: readonly FieldViolation[];
}

/** Reads the text of the file; undefined where there is none. */
export function readModuleFile(content: string | undefined): ReadModuleFile {
  if (content === undefined) return { violations: [] };
  const { documents, violations } = readDocuments({ name: MODULE_FILE, text: content });
  if (violations.length > 0) return { violations };
  const [first, ...more] = documents;
  if (more.length > 0) return { violations: [{ document: MODULE_FILE, path: '', expected: 'one document' }] };
  const checked = checkSchema(moduleFileSchema, first?.data ?? {});
  if ('value' in checked) return { value: checked.value, violations: [] };
  return { violations: checked.violations.map((violation) => ({ document: MODULE_FILE, ...violation })) };
}
