/** What the references need of a JSON Schema as zod writes it. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly additionalProperties?: FieldSchema | boolean;
  readonly propertyNames?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Of an amount with a unit: from the smallest to the largest. */
  readonly range?: string;
  readonly examples?: readonly unknown[];
}

/** One field of a reference. */
export interface FieldRow {
  /** Such as `container.ports[].host`. */
  readonly path: string;
  readonly type: string;
  /** `required`, the default as JSON, or '' for none. */
  readonly standard: string;
  readonly range: string;
  readonly meaning: string;
}

/** Every field of a schema with those below it, in the order of the schema. */
export function fieldRows(schema: FieldSchema, prefix = ''): FieldRow[] {
  const object = objectOf(schema);
  return Object.entries(object?.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const row = { path, type: typeOf(field), standard: standardOf(field, object, name), range: rangeOf(field) };
    return [{ ...row, meaning: field.description ?? '' }, ...rowsBelow(field, path)];
  });
}

function rowsBelow(field: FieldSchema, path: string): FieldRow[] {
  if (objectOf(field) !== undefined) return fieldRows(field, path);
  return field.items === undefined || objectOf(field.items) === undefined ? [] : fieldRows(field.items, `${path}[]`);
}

/** The alternative of a field that has fields of its own. */
function objectOf(schema: FieldSchema): FieldSchema | undefined {
  return [schema, ...(schema.anyOf ?? [])].find(({ properties }) => properties !== undefined);
}

function standardOf(field: FieldSchema, parent: FieldSchema | undefined, name: string): string {
  if (parent?.required?.includes(name) === true) return 'required';
  // The defaults of a mapping's fields say more than the empty mapping.
  if (field.default === undefined || JSON.stringify(field.default) === '{}') return '';
  return JSON.stringify(field.default);
}

function typeOf(field: FieldSchema): string {
  if (field.range !== undefined) return 'amount';
  if (field.enum !== undefined) return field.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.anyOf !== undefined) return [...new Set(field.anyOf.map(typeOf))].join(' | ');
  if (Array.isArray(field.type)) return field.type.map((type: string) => nameOf(type, field)).join(' | ');
  return typeof field.type === 'string' ? nameOf(field.type, field) : '';
}

function nameOf(type: string, field: FieldSchema): string {
  switch (type) {
    case 'string':
      return 'text';
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true | false';
    case 'array':
      return `list of ${field.items === undefined ? 'anything' : typeOf(field.items)}`;
    case 'object':
      return typeof field.additionalProperties === 'object' ? `map of ${typeOf(field.additionalProperties)}` : 'mapping';
    default:
      return type;
  }
}

function rangeOf(field: FieldSchema): string {
  if (field.range !== undefined) return field.range;
  const numbers = [field, ...(field.anyOf ?? [])].find(({ minimum, maximum }) => isBound(minimum) || isBound(maximum));
  if (numbers !== undefined) return between(numbers.minimum, numbers.maximum, '');
  if (field.maxLength !== undefined) return between(field.minLength, field.maxLength, ' characters');
  return field.maxItems === undefined ? '' : between(field.minItems, field.maxItems, ' entries');
}

// What zod writes for a whole number without bounds.
function isBound(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) !== Number.MAX_SAFE_INTEGER;
}

function between(min: number | undefined, max: number | undefined, unit: string): string {
  if (!isBound(max)) return `at least ${min ?? 0}${unit}`;
  return isBound(min) ? `${min} to ${max}${unit}` : `at most ${max}${unit}`;
}
