import { Composer, Lexer, LineCounter, Parser, isScalar, visit } from 'yaml';
import type { CST, Document, YAMLError } from 'yaml';
import type { FieldViolation } from '../error.js';

/** A named text; in the file system or not. */
export interface SourceText {
  readonly name: string;
  readonly text: string;
}

/** One document of a text as plain data, with the name that violations give it: `miner.yaml#2`. */
export interface DataDocument {
  readonly name: string;
  readonly data: unknown;
}

/** The documents of a text, or what keeps it from being read. */
export interface ReadDocuments {
  readonly documents: readonly DataDocument[];
  readonly violations: readonly FieldViolation[];
}

/** Largest text that is read, in UTF-16 units. */
const LARGEST_TEXT = 2 ** 20;

// Enough for honest reuse, and far from the growth that nested aliases can have.
const MOST_ALIASES = 100;

const DEEPEST_NESTING = 100;

/** Reads YAML 1.2 (and so JSON) with bounded size and aliases; empty documents are left out. */
export function readDocuments({ name, text }: SourceText): ReadDocuments {
  if (text.length > LARGEST_TEXT) return refused(name, '', 'a file of at most 1 MiB', 'Split it.');
  try {
    return readParsed(name, text);
  } catch (error) {
    if (error instanceof TooDeepError) return refused(name, '', `at most ${DEEPEST_NESTING} levels of nesting`);
    throw error;
  }
}

class TooDeepError extends Error {}

function readParsed(name: string, text: string): ReadDocuments {
  const lines = new LineCounter();
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const parsed = [...composer.compose(boundedTokens(text, lines))];
  const read = parsed.map((document, index) => readOne(document, `${name}#${index + 1}`, lines));
  return {
    documents: read.flatMap((one) => one.documents),
    violations: read.flatMap((one) => one.violations),
  };
}

// The parser keeps a stack, the composer recurses: a text of brackets alone would end the whole process.
function* boundedTokens(text: string, lines: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > DEEPEST_NESTING) throw new TooDeepError();
  }
  yield* parser.end();
}

function readOne(document: Document, name: string, lines: LineCounter): ReadDocuments {
  // A warning is an unknown tag or directive: something meant that would be lost.
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0)
    return { documents: [], violations: problems.map((one) => syntaxViolation(one, name, lines)) };
  if (holdsPrototypeKey(document)) return refused(name, '', 'no key named __proto__');
  if (document.contents === null) return { documents: [], violations: [] };
  try {
    const data: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return data === null ? { documents: [], violations: [] } : { documents: [{ name, data }], violations: [] };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return refused(name, '', `at most ${MOST_ALIASES} resolved aliases, none within itself`);
  }
}

// Schema checks pass over this key, so it would be dropped without a word.
function holdsPrototypeKey(document: Document): boolean {
  let found = false;
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key) || pair.key.value !== '__proto__') return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function syntaxViolation(problem: YAMLError, document: string, lines: LineCounter): FieldViolation {
  const { line, col } = lines.linePos(problem.pos[0]);
  return { document, path: `line ${line}, column ${col}`, expected: `valid YAML: ${problem.message}` };
}

function refused(document: string, path: string, expected: string, remedy?: string): ReadDocuments {
  return { documents: [], violations: [{ document, path, expected, ...(remedy === undefined ? {} : { remedy }) }] };
}
