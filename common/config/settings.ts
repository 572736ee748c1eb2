import { z } from 'zod';

/** One value a program can be told: where it stands in the file, and its names as flag and in the environment. */
export interface Setting {
  /** Keys from the top of the configuration. */
  readonly path: readonly string[];
  /** Without the dashes, e.g. `log-level`. */
  readonly flag: string;
  /** E.g. `HEADFRAME_AGENT_LOG_LEVEL`. */
  readonly variable: string;
  readonly description: string;
}

/** A mapping by name, as files, flags and schemas have it. */
export type Mapping = Record<string, unknown>;

/** Every setting of a schema, in the order of its fields; `program` is part of the variables' names. */
export function settingsOf(schema: z.ZodObject, program: string): Setting[] {
  return leavesOf(schema, []).map(({ path, field }) => ({
    path,
    flag: path.map(toKebab).join('-'),
    variable: ['HEADFRAME', program.toUpperCase(), ...path.map(toSnake)].join('_'),
    description: field.description ?? '',
  }));
}

interface Leaf {
  readonly path: readonly string[];
  readonly field: z.ZodType;
}

function leavesOf(schema: z.ZodObject, prefix: readonly string[]): Leaf[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const path = [...prefix, key];
    const inner = innermost(field);
    // Zod's own types for what a shape holds are wider than what schemas are made of.
    return inner instanceof z.ZodObject ? leavesOf(inner, path) : [{ path, field: field as z.ZodType }];
  });
}

/** What stands inside of defaults and optionals. */
function innermost(field: unknown): unknown {
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault || field instanceof z.ZodOptional) {
    return innermost(field.unwrap());
  }
  return field;
}

/** Sets a value deep in a mapping, making the mappings on its way. */
export function setAt(mapping: Mapping, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    mapping[key] = value;
    return;
  }
  const inner = mapping[key];
  const next: Mapping = isMapping(inner) ? { ...inner } : {};
  mapping[key] = next;
  setAt(next, rest, value);
}

/** Whether a value is a mapping by name. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toKebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function toSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
