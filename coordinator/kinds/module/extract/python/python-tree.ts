import type { Findings } from '../findings.js';
import { LIMITS } from '../limits.js';
import type { SourceText } from '../source-text.js';
import { isTooDeep } from '../nesting.js';
import { parsePython } from './parse.js';
import type { ParseBudget } from './parse.js';
import { PythonFile } from './python-file.js';
import type { Import } from './python-file.js';

/** A thing of the repository that a name stands for: the file, and the name in it unless the file itself is meant. */
export interface Target {
  readonly file: PythonFile;
  readonly name: string | undefined;
}

/** All Python of a module, each file parsed when it is first asked for. */
export class PythonTree {
  readonly #sources: ReadonlyMap<string, SourceText>;
  readonly #findings: Findings;
  readonly #parsed = new Map<string, PythonFile>();
  readonly #refused = new Set<string>();
  readonly #budget: ParseBudget = { steps: LIMITS.pythonSteps };

  constructor(sources: ReadonlyMap<string, SourceText>, findings: Findings) {
    this.#sources = sources;
    this.#findings = findings;
  }

  /** The file at a path. */
  file(path: string): PythonFile | undefined {
    const known = this.#parsed.get(path);
    const source = this.#sources.get(path);
    if (known !== undefined || source === undefined || this.#refused.has(path)) return known;
    const tree = isTooDeep(source, this.#findings) ? undefined : parsePython(source, this.#budget, this.#findings);
    if (tree === undefined) {
      this.#refused.add(path);
      return undefined;
    }
    const file = new PythonFile(source, tree, this.#findings);
    this.#parsed.set(path, file);
    return file;
  }

  /** What a name of a file stands for, followed through imports within the repository. */
  find(from: PythonFile, name: string, depth = 0): Target | undefined {
    if (from.constant(name) !== undefined || from.classes.has(name) || from.functions.has(name))
      return { file: from, name };
    if (depth > 5) return undefined;
    const imported = from.imports.get(name);
    if (imported !== undefined) return this.#imported(from, imported, depth);
    for (const star of from.stars.slice(0, 10)) {
      const path = this.#pathOf(from.path, star.level, star.module);
      const file = path === undefined ? undefined : this.file(path);
      const found = file === undefined ? undefined : this.find(file, name, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The file of a module by its whole name, as an import in another file would find it. */
  findModule(from: PythonFile, qualified: string): PythonFile | undefined {
    const module = qualified.replace(/^\.+/, '');
    return this.#module(from, qualified.length - module.length, module)?.file;
  }

  #imported(from: PythonFile, { level, module, name }: Import, depth: number): Target | undefined {
    if (name === undefined) return this.#module(from, level, module);
    const inner = this.#module(from, level, module === '' ? name : `${module}.${name}`);
    if (inner !== undefined) return inner;
    const file = this.#module(from, level, module)?.file;
    return file === undefined ? undefined : this.find(file, name, depth + 1);
  }

  #module(from: PythonFile, level: number, module: string): Target | undefined {
    const path = this.#pathOf(from.path, level, module);
    const file = path === undefined ? undefined : this.file(path);
    return file === undefined ? undefined : { file, name: undefined };
  }

  /** The file of a module: beside its importer, in a folder above, or in `src`; relative ones from their own package alone. */
  #pathOf(from: string, level: number, module: string): string | undefined {
    const folders = from.split('/').slice(0, -1);
    const inner = module.split('.').filter((part) => part !== '');
    const bases = level > 0 ? [folders.slice(0, folders.length - level + 1)] : basesOf(folders);
    for (const base of bases) {
      const stem = [...base, ...inner].join('/');
      const init = stem === '' ? '__init__.py' : `${stem}/__init__.py`;
      const path = [`${stem}.py`, init].find((candidate) => this.#sources.has(candidate));
      if (path !== undefined) return path;
    }
    return undefined;
  }
}

function basesOf(folders: readonly string[]): string[][] {
  const above = folders.slice(0, 12).map((_, index) => folders.slice(0, folders.length - index));
  return [...above, [], ['src']];
}
