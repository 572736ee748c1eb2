import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { HeadframeError } from '../model/error.js';
import type { FieldViolation } from '../model/error.js';
import { checkSchema, didYouMean, readDocuments } from '../model/schema/index.js';
import { configFields, flagOf, mapOfEntries, valueOfText, variableOf } from './field-tree.js';
import type { ConfigField } from './field-tree.js';

/** A flag as given on the command line: a text, a switch, or a text each time it was given. */
export type FlagValue = string | boolean | readonly string[];

/** Where a program's configuration comes from; each beats the ones before it: file, environment, flags. */
export interface ConfigSources {
  /** YAML file that was asked for; it must be there. `<envPrefix>CONFIG` names it, too. */
  readonly file?: string | undefined;
  /** YAML file that is read when none was asked for and it is there. */
  readonly defaultFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All variables that begin with it belong to the program, such as `HEADFRAME_AGENT_`. */
  readonly envPrefix: string;
  /** By the path of the field, such as `log.level`. */
  readonly flags?: Readonly<Record<string, FlagValue | undefined>> | undefined;
}

interface Layers {
  readonly data: Record<string, unknown>;
  /** Which source each field came from, as a person would name it. */
  readonly origins: Map<string, string>;
  readonly violations: FieldViolation[];
}

/**
 * Reads a program's configuration into a frozen value. Throws HeadframeError (invalid_argument, config_invalid) with
 * everything wrong in any source; the violations' `document` is the file, the variable or the flag.
 */
export function loadConfig<T>(schema: z.ZodType<T>, sources: ConfigSources): Readonly<T> {
  const fields = configFields(schema);
  const layers: Layers = { data: {}, origins: new Map(), violations: [] };
  const file = chosenFile(sources);
  if (file !== undefined) readFile(file, layers, fields);
  readVariables(sources, layers, fields);
  readFlags(sources, layers, fields);
  const checked = checkSchema(schema, layers.data);
  const found = 'violations' in checked ? checked.violations : [];
  const violations = [...layers.violations, ...found.map((one) => withOrigin(one, layers, fields, file))];
  if ('value' in checked && violations.length === 0) return deepFreeze(checked.value);
  throw configInvalid(violations);
}

/** The refusal of a configuration, with all that is wrong with it. */
export function configInvalid(violations: readonly FieldViolation[]): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'config_invalid',
    message: `${violations.length} ${violations.length === 1 ? 'setting is' : 'settings are'} not valid`,
    remedy: 'Correct the file, variable or flag that is named.',
    violations,
  });
}

function chosenFile({ file, defaultFile, env, envPrefix }: ConfigSources): string | undefined {
  const asked = file ?? env[`${envPrefix}CONFIG`];
  if (asked !== undefined && asked !== '') return asked;
  return defaultFile !== undefined && existsSync(defaultFile) ? defaultFile : undefined;
}

function readFile(path: string, { data, origins, violations }: Layers, fields: readonly ConfigField[]): void {
  const { documents, violations: unreadable } = readText(path);
  violations.push(...unreadable.map((one) => ({ ...one, document: path })));
  const [first] = documents;
  if (documents.length > 1) violations.push({ document: path, path: '', expected: 'one document' });
  if (first === undefined) return;
  if (!isMapping(first.data)) violations.push({ document: path, path: '', expected: 'a mapping' });
  else Object.assign(data, structuredClone(first.data));
  for (const field of fields) if (fieldValue(data, field.steps) !== undefined) origins.set(field.path, path);
}

function readText(path: string): ReturnType<typeof readDocuments> {
  try {
    return readDocuments({ name: path, text: readFileSync(path, 'utf8') });
  } catch (error) {
    const expected = `a file that can be read (${error instanceof Error ? error.message : String(error)})`;
    return { documents: [], violations: [{ path: '', expected }] };
  }
}

function readVariables(sources: ConfigSources, layers: Layers, fields: readonly ConfigField[]): void {
  const { env, envPrefix } = sources;
  const byName = new Map(fields.map((field) => [variableOf(field, envPrefix), field]));
  for (const [name, text] of Object.entries(env)) {
    // An empty variable is how many tools write an unset one.
    if (!name.startsWith(envPrefix) || name === `${envPrefix}CONFIG` || text === undefined || text === '') continue;
    const field = byName.get(name);
    if (field === undefined) layers.violations.push(unknownVariable(name, [...byName.keys()]));
    else setField(layers, field, valueOfText(text, field), name);
  }
}

function unknownVariable(name: string, known: readonly string[]): FieldViolation {
  const meant = didYouMean(name, known);
  const remedy = meant === undefined ? 'Unset it.' : `Did you mean ${meant}?`;
  return { document: name, path: '', expected: 'a variable of this program', remedy };
}

function readFlags({ flags = {} }: ConfigSources, layers: Layers, fields: readonly ConfigField[]): void {
  for (const [path, given] of Object.entries(flags)) {
    if (given === undefined) continue;
    const field = fields.find((one) => one.path === path);
    if (field === undefined) layers.violations.push({ document: path, path, expected: 'a flag of this program' });
    else setField(layers, field, valueOfFlag(given, field), flagOf(field));
  }
}

function valueOfFlag(given: FlagValue, field: ConfigField): unknown {
  if (typeof given === 'string') return valueOfText(given, field);
  if (typeof given === 'boolean') return given;
  return field.shape === 'map' ? mapOfEntries(given) : given;
}

function setField({ data, origins }: Layers, field: ConfigField, value: unknown, origin: string): void {
  let at = data;
  for (const step of field.steps.slice(0, -1)) {
    const inner = (at[step] ??= {});
    // Something else stands there in the file; the schema will say so.
    if (!isMapping(inner)) return;
    at = inner;
  }
  at[field.steps.at(-1) ?? ''] = value;
  origins.set(field.path, origin);
}

function withOrigin(
  violation: FieldViolation,
  { origins }: Layers,
  fields: readonly ConfigField[],
  file: string | undefined,
): FieldViolation {
  const inside = ({ path }: ConfigField): boolean =>
    violation.path === path || /^[.[]/.test(after(violation.path, path));
  const field = fields.find(inside);
  const document = (field && origins.get(field.path)) ?? file;
  return document === undefined ? violation : { document, ...violation };
}

function after(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : '';
}

function fieldValue(data: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((at, step) => (isMapping(at) ? at[step] : undefined), data);
}

function isMapping(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
