import type { SyntaxNode, SyntaxNodeRef, Tree } from '@lezer/common';
import type { Findings } from '../findings.js';
import type { SourceText } from '../source-text.js';
import { roleOfName, roleOfPath } from '../words.js';
import { above, childrenOf, dottedName, sourceOf } from './nodes.js';

/** What a name of a file was imported as. */
export interface Import {
  /** Dots before the module's name: 0 for an absolute import. */
  readonly level: number;
  readonly module: string;
  /** Undefined when the module itself is meant. */
  readonly name: string | undefined;
}

/** A parsed Python file: what it defines, imports, assigns and calls. */
export class PythonFile {
  readonly source: SourceText;
  readonly imports = new Map<string, Import>();
  /** Modules that all names are imported from. */
  readonly stars: Import[] = [];
  readonly classes = new Map<string, SyntaxNode>();
  readonly functions = new Map<string, SyntaxNode>();
  /** Calls, and decorators with arguments. */
  readonly calls: SyntaxNode[] = [];
  /** `a[b]` and the like. */
  readonly subscripts: SyntaxNode[] = [];
  /** Whether it does something when run as a program. */
  mainLine: number | undefined;
  /** Names by where they are assigned: '' for the file, a class's name, or the offset of a function. */
  readonly #assigned = new Map<string, Map<string, SyntaxNode>>();

  constructor(source: SourceText, tree: Tree, findings: Findings) {
    this.source = source;
    let errors = 0;
    tree.iterate({
      enter: (at) => {
        if (at.type.isError) {
          errors += 1;
          if (errors === 1)
            findings.warn(
              'syntax_error',
              { file: source.path, line: this.lineOf(at.node) },
              'this Python is not right here',
            );
        } else if (NOTED.has(at.name) && this.#mayTell(at)) this.#note(at.node);
      },
    });
  }

  get path(): string {
    return this.source.path;
  }

  /** The line that a node begins on. */
  lineOf({ from }: { readonly from: number }): number {
    return this.source.lineAt(from);
  }

  /** The source of a node. */
  textOf(node: SyntaxNode): string {
    return sourceOf(this.source, node);
  }

  /** What was assigned to a name where a node stands: in its function, its class or the file. */
  assignedTo(name: string, from: SyntaxNode): SyntaxNode | undefined {
    const scope = above(from, ['FunctionDefinition']);
    const local = scope === undefined ? undefined : this.#assigned.get(String(scope.from))?.get(name);
    return local ?? this.#assigned.get('')?.get(name);
  }

  /** What the file assigns to a name, or a class to an attribute. */
  constant(name: string, ofClass = ''): SyntaxNode | undefined {
    return this.#assigned.get(ofClass)?.get(name);
  }

  /** The name with its imported module in place of its local one, such as `os.environ` for `env` after an import as that. */
  qualified(node: SyntaxNode): string | undefined {
    const name = dottedName(this.source, node);
    return name === undefined ? undefined : this.qualify(name);
  }

  /** The role that a place belongs to: by its file, else by the function or class it stands in. */
  roleAt(node: SyntaxNode): string | undefined {
    const role = this.role;
    let at = role === undefined ? above(node, ['FunctionDefinition', 'ClassDefinition']) : undefined;
    while (at !== undefined) {
      const name = at.getChild('VariableName');
      const own = name === null ? undefined : roleOfName(this.textOf(name));
      if (own !== undefined) return own;
      at = above(at, ['FunctionDefinition', 'ClassDefinition']);
    }
    return role;
  }

  /** The role of the whole file; each program in a folder `neurons` has one of its own. */
  get role(): string | undefined {
    const role = roleOfPath(this.path);
    if (role !== undefined || this.mainLine === undefined) return role;
    return /(?:^|\/)neurons\/([a-z0-9_-]{1,60})\.py$/i.exec(this.path)?.[1];
  }

  /** Like `qualified`, for a name with dots. */
  qualify(name: string, depth = 0): string {
    const [head = '', ...rest] = name.split('.');
    const imported = this.imports.get(head);
    if (imported !== undefined) {
      const parts = [imported.module, imported.name ?? '', ...rest].filter((part) => part !== '');
      return `${'.'.repeat(imported.level)}${parts.join('.')}`;
    }
    const alias = depth < 4 ? this.constant(head) : undefined;
    const target = alias === undefined ? undefined : dottedName(this.source, alias);
    if (target === undefined || target === head) return name;
    return this.qualify([target, ...rest].join('.'), depth + 1);
  }

  /** Of long chains of names only what ends in brackets is looked at. */
  #mayTell({ name, to }: SyntaxNodeRef): boolean {
    return name !== 'MemberExpression' || this.source.text.charAt(to - 1) === ']';
  }

  #note(node: SyntaxNode): void {
    switch (node.name) {
      case 'CallExpression':
        this.calls.push(node);
        break;
      case 'Decorator':
        if (node.getChild('ArgList') !== null) this.calls.push(node);
        break;
      case 'MemberExpression':
        if (node.getChild('[') !== null) this.subscripts.push(node);
        break;
      case 'AssignStatement':
        this.#assign(node);
        break;
      case 'ImportStatement':
        this.#import(node);
        break;
      case 'ClassDefinition':
      case 'FunctionDefinition':
        this.#define(node);
        break;
      case 'IfStatement':
        this.#main(node);
        break;
    }
  }

  #main(node: SyntaxNode): void {
    const [, test] = childrenOf(node);
    if (test === undefined || node.parent?.name !== 'Script') return;
    const text = this.source.text.slice(test.from, Math.min(test.to, test.from + 60));
    if (/__name__\s*==\s*["']__main__["']/.test(text)) this.mainLine ??= this.lineOf(node);
  }

  #define(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    if (name === null || above(node, ['FunctionDefinition', 'ClassDefinition']) !== undefined) return;
    const into = node.name === 'ClassDefinition' ? this.classes : this.functions;
    into.set(this.textOf(name), node);
  }

  #assign(node: SyntaxNode): void {
    const [target, ...rest] = childrenOf(node);
    const equals = rest.findIndex(({ name }) => name === 'AssignOp');
    const value = rest[equals + 1];
    // What is assigned to several names at once is not followed.
    if (target?.name !== 'VariableName' || equals < 0 || value === undefined || rest.length > equals + 2) return;
    const scope = this.#scopeOf(node);
    const names = this.#assigned.get(scope) ?? new Map<string, SyntaxNode>();
    this.#assigned.set(scope, names);
    const name = this.textOf(target);
    if (!names.has(name)) names.set(name, value);
  }

  #scopeOf(node: SyntaxNode): string {
    const scope = above(node, ['FunctionDefinition', 'ClassDefinition']);
    if (scope === undefined) return '';
    const name = scope.name === 'ClassDefinition' ? scope.getChild('VariableName') : null;
    return name === null ? String(scope.from) : this.textOf(name);
  }

  #import(node: SyntaxNode): void {
    const words = childrenOf(node)
      .map((child) => (child.name === 'Ellipsis' ? '...' : this.textOf(child)))
      .filter((word) => word !== '(' && word !== ')')
      .slice(0, 2_000);
    if (words[0] === 'import') for (const { path, as } of namesIn(words.slice(1))) this.#importModule(path, as);
    else if (words[0] === 'from') this.#importFrom(words.slice(1));
  }

  #importModule(path: string, as: string | undefined): void {
    const [head = path] = path.split('.');
    this.imports.set(as ?? head, { level: 0, module: as === undefined ? head : path, name: undefined });
  }

  #importFrom(words: readonly string[]): void {
    const at = words.indexOf('import');
    if (at < 0) return;
    const from = words.slice(0, at).join('');
    const module = from.replace(/^\.+/, '');
    const level = from.length - module.length;
    for (const { path, as } of namesIn(words.slice(at + 1))) {
      if (path === '*') this.stars.push({ level, module, name: undefined });
      else this.imports.set(as ?? path, { level, module, name: path });
    }
  }
}

const NOTED: ReadonlySet<string> = new Set([
  'CallExpression',
  'Decorator',
  'MemberExpression',
  'AssignStatement',
  'ImportStatement',
  'ClassDefinition',
  'FunctionDefinition',
  'IfStatement',
]);

function namesIn(words: readonly string[]): { readonly path: string; readonly as: string | undefined }[] {
  const names: string[][] = [[]];
  for (const word of words) {
    if (word === ',') names.push([]);
    else names.at(-1)?.push(word);
  }
  return names.flatMap((parts) => {
    const at = parts.indexOf('as');
    const path = (at < 0 ? parts : parts.slice(0, at)).join('');
    return path === '' ? [] : [{ path, as: at < 0 ? undefined : parts[at + 1] }];
  });
}
