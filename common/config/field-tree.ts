import { z } from 'zod';

/** What a field holds as text: itself, a number, true or false, a list, or a list of `key=value`. */
export type FieldShape = 'text' | 'number' | 'boolean' | 'list' | 'map';

/** A field of a configuration that is set as a whole. */
export interface ConfigField {
  /** Such as `log.level`. */
  readonly path: string;
  readonly steps: readonly string[];
  readonly shape: FieldShape;
  /** For people; '' when the schema gives none. */
  readonly description: string;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Every field of a schema that can be set by a variable or a flag, in the order of the schema. */
export function configFields(schema: z.ZodType): ConfigField[] {
  // The published JSON Schema is the one form in which zod shows its input without its inner classes.
  const tree = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema; // a subset of what zod writes
  return fieldsBelow(tree, []);
}

/** The variable that sets a field: `HEADFRAME_AGENT_LOG_LEVEL` for `log.level`. */
export function variableOf(field: ConfigField, prefix: string): string {
  return prefix + words(field).join('_').toUpperCase();
}

/** The flag that sets a field: `--log-level` for `log.level`. */
export function flagOf(field: ConfigField): string {
  return `--${words(field).join('-').toLowerCase()}`;
}

/** What a text means in a field; what it cannot mean stays text, for the schema to refuse. */
export function valueOfText(text: string, { shape }: ConfigField): unknown {
  switch (shape) {
    case 'text':
      return text;
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : text;
    case 'list':
      return splitList(text);
    case 'map':
      return mapOfEntries(splitList(text));
  }
}

/** A mapping of `key=value` entries; an entry without `=` makes all of it stay text, for the schema to refuse. */
export function mapOfEntries(entries: readonly string[]): unknown {
  if (!entries.every((entry) => entry.includes('='))) return entries.join(',');
  return Object.fromEntries(entries.map((entry) => [before(entry), entry.slice(before(entry).length + 1)]));
}

function before(entry: string): string {
  return entry.slice(0, entry.indexOf('='));
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function fieldsBelow(schema: JsonSchema, steps: readonly string[]): ConfigField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const below = [...steps, name];
    if (inner.properties !== undefined) return fieldsBelow(inner, below);
    return [{ path: below.join('.'), steps: below, shape: shapeOf(inner), description: inner.description ?? '' }];
  });
}

function shapeOf({ type }: JsonSchema): FieldShape {
  switch (type) {
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return 'text';
  }
}

function words(field: ConfigField): string[] {
  return field.steps.map((step) => step.replace(/[A-Z]/g, (letter) => `_${letter}`)).flatMap((step) => step.split('_'));
}
