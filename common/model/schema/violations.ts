import type { z } from 'zod';
import type { FieldViolation } from '../error.js';
import { didYouMean } from './did-you-mean.js';
import { KNOWN_NAMES_SEPARATOR } from './strict-object.js';

/** Longest value that a violation shows. */
const LONGEST_VALUE = 80;

type Path = readonly PropertyKey[];

/** Either what the schema made of the input, or everything that is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly violations: readonly FieldViolation[] };

/** Checks an input by a schema and reports everything that is wrong with it in the project's own words. */
export function checkSchema<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const result = schema.safeParse(input, { error: expectedOf });
  if (result.success) return { value: result.data };
  return { violations: result.error.issues.flatMap((issue) => violationsOf(issue, [], input)) };
}

/** Prints a path as people write it: `container.ports[0].host`. */
export function printPath(path: Path): string {
  return path.reduce<string>((text, part) => text + printStep(part, text === ''), '');
}

/** The value at a path; undefined where there is none. */
function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    return Reflect.get(value, part);
  }, input);
}

function printStep(part: PropertyKey, first: boolean): string {
  if (typeof part === 'number') return `[${String(part)}]`;
  const name = String(part);
  // A label's own dots would read as steps of the path.
  if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
  return first ? name : `.${name}`;
}

function violationsOf(issue: z.core.$ZodIssue, prefix: Path, input: unknown): FieldViolation[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(key, issue.message, path));
  if (issue.code === 'invalid_key') return [violation(path, String(path.at(-1)), issue.issues[0]?.message ?? '')];
  if (issue.code === 'invalid_union') return unionViolations(issue, path, input);
  const value = valueAt(input, path);
  return [violation(path, value, issue.message, remedyOf(issue, value))];
}

function unknownField(key: string, known: string, path: Path): FieldViolation {
  const names = known.split(KNOWN_NAMES_SEPARATOR);
  const meant = didYouMean(key, names);
  const remedy = meant === undefined ? 'Remove it.' : `Did you mean "${meant}"?`;
  return violation([...path, key], undefined, `a known field, one of: ${known}`, remedy);
}

// The alternative meant is the one whose own type fits, or the only one there was.
function unionViolations(issue: z.core.$ZodIssueInvalidUnion, path: Path, input: unknown): FieldViolation[] {
  const fitting = issue.errors.filter((branch) => !branch.some(isWrongAtRoot));
  const branch = fitting[0] ?? (issue.errors.length === 1 ? issue.errors[0] : undefined);
  if (branch !== undefined) return branch.flatMap((inner) => violationsOf(inner, path, input));
  const value = valueAt(input, path);
  const roots = issue.errors.map((inner) => inner.find(isWrongAtRoot));
  const alternatives = [...new Set(roots.map((inner) => inner?.message ?? ''))].filter((text) => text !== '');
  const expected = issue.message === '' ? alternatives.join(', or ') : issue.message;
  const remedy = roots.map((inner) => inner && remedyOf(inner, value)).find((text) => text !== undefined);
  return [violation(path, value, expected, remedy)];
}

function isWrongAtRoot(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function violation(path: Path, value: unknown, expected: string, remedy?: string): FieldViolation {
  return {
    path: printPath(path),
    ...(value === undefined ? {} : { value: printValue(value) }),
    expected,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** Prints a refused value on one line, cut to 80 characters. */
function printValue(value: unknown): string {
  const text = typeof value === 'bigint' ? `${value}` : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function remedyOf(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (issue.code === 'custom') {
    const remedy: unknown = issue.params?.['remedy'];
    return typeof remedy === 'string' ? remedy : undefined;
  }
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const meant = didYouMean(value, issue.values.map(String));
    return meant === undefined ? undefined : `Did you mean "${meant}"?`;
  }
  const bare = typeof value === 'number' || typeof value === 'boolean';
  if (issue.code === 'invalid_type' && issue.expected === 'string' && bare)
    return `Put it in quotes: "${String(value)}".`;
  return undefined;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

const SIZE_UNITS: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' entries',
  map: ' entries',
};

/** What would be accepted in place of the value that made the issue; undefined leaves zod's own words. */
function expectedOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `${issue.input === undefined ? 'required: ' : ''}${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1 ? printValue(issue.values[0]) : `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `at least ${String(issue.minimum)}${SIZE_UNITS[issue.origin] ?? ''}`;
    case 'too_big':
      return `at most ${String(issue.maximum)}${SIZE_UNITS[issue.origin] ?? ''}`;
    case 'invalid_format':
      return `text that matches ${issue.pattern ?? issue.format}`;
    case 'invalid_union':
      return ''; // built from the alternatives, unless the schema has words of its own
    default:
      return undefined;
  }
}
