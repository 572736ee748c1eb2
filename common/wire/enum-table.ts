import { HeadframeError } from '../model/error.js';

/** The words of the model for the numbers of the wire, both ways. */
export interface EnumTable<Word extends string, Value extends number> {
  readonly toWire: (word: Word) => Value;
  /** Undefined for UNSPECIFIED and for the number of a newer program. */
  readonly find: (value: number) => Word | undefined;
  /** Throws HeadframeError (invalid_argument, unknown_value) for UNSPECIFIED and for the number of a newer program. */
  readonly fromWire: (value: number, path: string) => Word;
}

/** Builds a table; a word of the model without a number does not compile. */
export function enumTable<Word extends string, Value extends number>(
  values: Readonly<Record<Word, Value>>,
): EnumTable<Word, Value> {
  const words = new Map<number, Word>();
  // Object.keys forgets the type of a record's keys.
  for (const word of Object.keys(values) as Word[]) words.set(values[word], word);
  const find = (value: number): Word | undefined => words.get(value);
  return {
    toWire: (word) => values[word],
    find,
    fromWire: (value, path) => find(value) ?? refuse(path, value, [...words.values()]),
  };
}

function refuse(path: string, value: number, known: readonly string[]): never {
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'unknown_value',
    message: `${path} has a value that is not known`,
    remedy: 'Run the same version on both sides.',
    violations: [{ path, value: String(value), expected: `one of ${known.join(', ')}` }],
  });
}
