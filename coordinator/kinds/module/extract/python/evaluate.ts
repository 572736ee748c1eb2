import type { SyntaxNode } from '@lezer/common';
import { LIMITS } from '../limits.js';
import { calculate } from './calculate.js';
import { argumentsOf, childrenOf, stringOf, unescaped } from './nodes.js';
import type { PythonFile } from './python-file.js';
import type { PythonTree } from './python-tree.js';
import { plainText, textValue } from './values.js';
import type { Value } from './values.js';

/** Follows expressions to the values that stand in the source: literals, constants, what is put together of them. */
export class Evaluator {
  readonly tree: PythonTree;
  #steps = 0;

  constructor(tree: PythonTree) {
    this.tree = tree;
  }

  /** The value of an expression; undefined where only running it would tell. */
  value(file: PythonFile, node: SyntaxNode | undefined, depth = 0): Value | undefined {
    this.#steps += 1;
    if (node === undefined || depth > LIMITS.depth || this.#steps > LIMITS.steps) return undefined;
    const literal = literalOf(file, node);
    if (literal !== undefined) return literal;
    const next = depth + 1;
    switch (node.name) {
      case 'FormatString':
      case 'ContinuedString':
        return this.#joined(file, node, next);
      case 'VariableName':
        return this.#named(file, node, next);
      case 'MemberExpression':
        return this.#member(file, node, next);
      case 'CallExpression':
        return this.#called(file, node, next);
      default:
        return this.#composed(file, node, next);
    }
  }

  /** The text of an expression, such as an option's name. */
  text(file: PythonFile, node: SyntaxNode | undefined): string | undefined {
    const value = this.value(file, node);
    return value?.kind === 'text' ? value.text : undefined;
  }

  #composed(file: PythonFile, node: SyntaxNode, depth: number): Value | undefined {
    const children = childrenOf(node);
    switch (node.name) {
      case 'ParenthesizedExpression':
        return this.value(file, children[1], depth);
      case 'UnaryExpression':
      case 'BinaryExpression': {
        const operands = children.filter((_, index) => index % 2 === (node.name === 'BinaryExpression' ? 0 : 1));
        const operator = children[node.name === 'BinaryExpression' ? 1 : 0];
        if (operator === undefined) return undefined;
        const values = operands.map((operand) => this.value(file, operand, depth));
        return calculate(file.textOf(operator).slice(0, 4), values);
      }
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return this.#list(file, children, depth);
      case 'DictionaryExpression':
        return this.#dictionary(file, children, depth);
      default:
        return undefined;
    }
  }

  #list(file: PythonFile, children: readonly SyntaxNode[], depth: number): Value | undefined {
    const items: Value[] = [];
    for (const child of children
      .slice(1, -1)
      .filter(({ name }) => name !== ',')
      .slice(0, 500)) {
      const item = this.value(file, child, depth);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { kind: 'list', items };
  }

  #dictionary(file: PythonFile, children: readonly SyntaxNode[], depth: number): Value | undefined {
    const entries = new Map<string, Value>();
    for (const [index, child] of children.slice(0, 2_000).entries()) {
      if (child.name !== ':') continue;
      const key = plainText(this.value(file, children[index - 1], depth));
      const value = this.value(file, children[index + 1], depth);
      if (key !== undefined && value !== undefined) entries.set(key, value);
    }
    return { kind: 'dictionary', entries };
  }

  #joined(file: PythonFile, node: SyntaxNode, depth: number): Value | undefined {
    if (node.name === 'FormatString') return this.#formatted(file, node, depth);
    let text = '';
    for (const part of childrenOf(node).slice(0, 500)) {
      const value = this.value(file, part, depth);
      if (value?.kind !== 'text') return undefined;
      text += value.text;
    }
    return textValue(text);
  }

  #formatted(file: PythonFile, node: SyntaxNode, depth: number): Value | undefined {
    const opening = /^[A-Za-z]{1,2}("""|'''|"|')/.exec(file.textOf(node).slice(0, 8));
    if (opening?.[1] === undefined) return undefined;
    const isRaw = /r/i.test(opening[0]);
    const clean = (body: string): string =>
      (isRaw ? body : unescaped(body)).replaceAll('{{', '{').replaceAll('}}', '}');
    let text = '';
    let at = node.from + opening[0].length;
    for (const part of childrenOf(node)
      .filter(({ name }) => name === 'FormatReplacement')
      .slice(0, 200)) {
      const [, expression, ...rest] = childrenOf(part);
      // Anything but the closing brace changes how the value is written.
      const value = rest.length === 1 ? plainText(this.value(file, expression, depth)) : undefined;
      if (value === undefined) return undefined;
      text += clean(file.source.text.slice(at, part.from)) + value;
      at = part.to;
    }
    return textValue(text + clean(file.source.text.slice(at, node.to - opening[1].length)));
  }

  #named(file: PythonFile, node: SyntaxNode, depth: number): Value | undefined {
    const name = file.textOf(node);
    const local = file.assignedTo(name, node);
    // A name that is assigned from itself, as in `x = x or 1`, tells nothing.
    if (local !== undefined)
      return local.from <= node.from && node.to <= local.to ? undefined : this.value(file, local, depth);
    const target = this.tree.find(file, name);
    return target?.name === undefined ? undefined : this.value(target.file, target.file.constant(target.name), depth);
  }

  /** `constants.X`, `Defaults.X`, `cls.X` and `DEFAULTS["x"]`. */
  #member(file: PythonFile, node: SyntaxNode, depth: number): Value | undefined {
    const [object, mark, property] = childrenOf(node);
    if (object === undefined || property === undefined) return undefined;
    if (mark?.name === '[') return this.#item(file, [object, property], depth);
    const name = file.textOf(property);
    const owner = object.name === 'VariableName' ? file.textOf(object) : undefined;
    if (owner === undefined) return this.#ofModule(file, object, { name, depth });
    const own = /^(?:cls|self)$/.test(owner) ? classAround(file, node) : undefined;
    if (own !== undefined) return this.value(file, file.constant(name, own), depth);
    const target = this.tree.find(file, owner);
    return target && this.value(target.file, target.file.constant(name, target.name ?? ''), depth);
  }

  #item(file: PythonFile, [object, index]: readonly [SyntaxNode, SyntaxNode], depth: number): Value | undefined {
    const base = this.value(file, object, depth);
    const key = plainText(this.value(file, index, depth));
    if (key === undefined) return undefined;
    if (base?.kind === 'list') return base.items.at(Number(key));
    return base?.kind === 'dictionary' ? base.entries.get(key) : undefined;
  }

  /** `package.constants.X`: a module through its package. */
  #ofModule(file: PythonFile, object: SyntaxNode, wanted: { name: string; depth: number }): Value | undefined {
    const qualified = file.qualified(object) ?? '';
    const [head = ''] = qualified.split('.');
    const target = head === '' ? undefined : this.tree.findModule(file, qualified);
    return target === undefined ? undefined : this.value(target, target.constant(wanted.name), wanted.depth);
  }

  #called(file: PythonFile, node: SyntaxNode, depth: number): Value | undefined {
    const [callee] = childrenOf(node);
    const name = callee === undefined ? undefined : file.qualified(callee);
    const { positional, named } = argumentsOf(file.source, node);
    const [first, second] = positional;
    switch (name) {
      case 'int':
      case 'float':
      case 'str':
      case 'bool':
        return converted(name, this.value(file, first, depth));
      case 'os.getenv':
      case 'os.environ.get':
        return this.value(file, second ?? named.get('default'), depth);
      case 'pathlib.Path':
      case 'os.path.expanduser':
      case 'list':
      case 'tuple':
      case 'set':
        return this.value(file, first, depth);
      case 'os.path.join':
        return this.#path(file, positional, depth);
      default:
        return undefined;
    }
  }

  #path(file: PythonFile, parts: readonly SyntaxNode[], depth: number): Value | undefined {
    const texts = parts.slice(0, 20).map((part) => plainText(this.value(file, part, depth)));
    return texts.includes(undefined) ? undefined : textValue(texts.join('/').replaceAll(/\/{2,}/g, '/'));
  }
}

function classAround(file: PythonFile, node: SyntaxNode): string | undefined {
  for (let at = node.parent; at !== null; at = at.parent) {
    const name = at.name === 'ClassDefinition' ? at.getChild('VariableName') : null;
    if (name !== null) return file.textOf(name);
  }
  return undefined;
}

function literalOf(file: PythonFile, node: SyntaxNode): Value | undefined {
  switch (node.name) {
    case 'String': {
      const text = node.to - node.from > 50_000 ? undefined : stringOf(file.textOf(node));
      return text === undefined ? undefined : textValue(text);
    }
    case 'Number': {
      const text = file.textOf(node).slice(0, 100).replaceAll('_', '');
      if (/^\d+$/.test(text)) return { kind: 'integer', text: String(BigInt(text)) };
      const amount = Number(text);
      return Number.isFinite(amount)
        ? { kind: /^0[xob]/i.test(text) ? 'integer' : 'number', text: String(amount) }
        : undefined;
    }
    case 'Boolean':
      return { kind: 'boolean', text: file.textOf(node) === 'True' ? 'true' : 'false' };
    case 'None':
      return { kind: 'none' };
    default:
      return undefined;
  }
}

function converted(to: 'int' | 'float' | 'str' | 'bool', value: Value | undefined): Value | undefined {
  const text = plainText(value);
  if (value === undefined || text === undefined) return undefined;
  if (to === 'str') return textValue(text);
  if (to === 'bool') {
    const isTrue = value.kind === 'text' ? text !== '' : text !== 'false' && Number(text) !== 0;
    return { kind: 'boolean', text: isTrue ? 'true' : 'false' };
  }
  const amount = Number(text);
  if (text.trim() === '' || !Number.isFinite(amount)) return undefined;
  return to === 'float'
    ? { kind: 'number', text: String(amount) }
    : { kind: 'integer', text: String(Math.trunc(amount)) };
}
