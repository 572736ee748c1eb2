import type { Findings } from '../findings.js';
import type { SourceText } from '../source-text.js';
import { byText } from '../source-text.js';
import { readArgparse } from './argparse.js';
import { readClick } from './click.js';
import type { PythonContext } from './context.js';
import { readEnvironment } from './environ.js';
import { Evaluator } from './evaluate.js';
import { readPydantic } from './pydantic.js';
import type { PythonFile } from './python-file.js';
import { PythonTree } from './python-tree.js';
import { readTyper } from './typer.js';

/** Words without one of which a file tells no settings; such a file is parsed only when another takes a constant from it. */
const TELLING_WORDS = [
  'add_argument',
  'add_args',
  'environ',
  'getenv',
  'click',
  'typer',
  'Settings',
  'decouple',
  'environs',
  '__main__',
];

/** Reads all Python of a module: options, environment and programs. Nothing is run. */
export function readPython(sources: ReadonlyMap<string, SourceText>, findings: Findings): void {
  const tree = new PythonTree(sources, findings);
  const context: PythonContext = { evaluator: new Evaluator(tree), findings };
  const own = [...sources.values()].filter(({ path }) => !OF_TESTS.test(path)).sort((a, b) => byText(a.path, b.path));
  const files: PythonFile[] = [];
  for (const { path, text } of own) {
    const file = TELLING_WORDS.some((word) => text.includes(word)) ? tree.file(path) : undefined;
    if (file !== undefined) files.push(file);
  }
  for (const file of files) {
    readArgparse(context, file);
    readClick(context, file);
    readTyper(context, file);
    readPydantic(context, file);
    readEntry(file, findings);
  }
  readEnvironment(context, files, (words) =>
    own.filter(({ text }) => words.some((word) => text.includes(word))).flatMap(({ path }) => tree.file(path) ?? []),
  );
}

const OF_TESTS = /(?:^|\/)(?:tests?|testing)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|setup)\.py$/;

/** A file that is a program, or a package that is one, is a way to start the module. */
function readEntry(file: PythonFile, findings: Findings): void {
  const isPackage = /(?:^|\/)__main__\.py$/.test(file.path);
  const line = file.mainLine ?? (isPackage ? 1 : undefined);
  if (line === undefined) return;
  const isRelative = [...file.imports.values(), ...file.stars].some(({ level }) => level > 0);
  findings.entry({
    role: file.role,
    command: isPackage || isRelative ? ['python', '-m', moduleName(file.path)] : ['python', file.path],
    from: 'script',
    file: file.path,
    line,
  });
}

/** The name that `python -m` takes, of a program in a package. */
function moduleName(path: string): string {
  return path
    .replace(/^src\//, '')
    .replace(/(?:\/__main__)?\.py$/, '')
    .replaceAll('/', '.');
}
