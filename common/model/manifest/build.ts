import { z } from 'zod';
import type { ModuleBuild } from '../module-spec.js';
import { SECRET_NAME } from '../secret.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';
import type { PlainMapping } from './plain.js';
import { argumentField } from './texts.js';

const MOST_ENTRIES = 500;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** What the agent sets itself begins so. */
export const isOwn = (name: string): boolean => !name.startsWith('HEADFRAME_');
/** The refusal of what `isOwn` is not true of. */
export const OWN = { error: 'a name not beginning with HEADFRAME_, which the agent sets' };

/** A variable of a program. */
const variableName = z.string().regex(VARIABLE, 'a name of letters, digits and _').refine(isOwn, OWN);

/** Whether a mapping has no more entries than `FEW` says. */
export function few(all: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(all).length <= MOST_ENTRIES;
}

/** The refusal of what `few` is not true of. */
export const FEW = { error: `at most ${String(MOST_ENTRIES)} entries` };

/** Variables with their values. */
export const variablesField = z.record(variableName, argumentField).refine(few, FEW);

/** Names of secrets, by variables. */
export const secretVariablesField = z
  .record(variableName, z.string().regex(SECRET_NAME, 'the name of a secret'))
  .refine((all) => Object.keys(all).length <= LIMITS.secrets, `at most ${String(LIMITS.secrets)} entries`);

/** `sha256:` and a digest in hex. */
export const digestField = z.string().regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits');

/** As the coordinator found it; what users write is replaced. */
export const buildField = strictObject({
  content: digestField.describe('Digest of the archive of its files.'),
  bytes: z.int().min(0).describe('Size of that archive.'),
  dockerfile: z.string().max(LIMITS.path).describe('Path of its own Dockerfile; empty where one is made.'),
  recipe: z
    .string()
    .max(64 * 1024)
    .describe('The Dockerfile that is made; empty where it has its own.'),
  base: z.string().max(LIMITS.image).describe('Image that this begins with.'),
  buildArgs: variablesField.prefault({}).describe("Values of the Dockerfile's ARGs."),
}).transform(({ buildArgs, ...rest }): ModuleBuild => ({
  ...rest,
  ...(Object.keys(buildArgs).length === 0 ? {} : { buildArgs }),
}));

/** What is built in the user's form. */
export function buildToManifest({ content, bytes, dockerfile, recipe, base, buildArgs }: ModuleBuild): PlainMapping {
  return { content, bytes, dockerfile, recipe, base, buildArgs: { ...buildArgs } };
}
