import type { SyntaxNode } from '@lezer/common';
import type { Finding, Findings } from '../findings.js';
import type { SettingType } from '../setting.js';
import type { Evaluator } from './evaluate.js';
import { childrenOf, dottedName } from './nodes.js';
import type { PythonFile } from './python-file.js';
import { plainText } from './values.js';
import type { Value } from './values.js';

/** What the readers of Python share. */
export interface PythonContext {
  readonly evaluator: Evaluator;
  readonly findings: Findings;
}

/** The qualified name of what a call calls, such as `os.getenv`. */
export function calleeOf(file: PythonFile, call: SyntaxNode): string | undefined {
  const children = childrenOf(call);
  if (call.name === 'Decorator')
    return file.qualify(
      children
        .slice(1, -1)
        .map((part) => file.textOf(part))
        .join(''),
    );
  const [callee] = children;
  return callee === undefined ? undefined : file.qualified(callee);
}

interface Method {
  readonly object: SyntaxNode;
  readonly name: string;
}

/** The object and the name of a method call, such as `parser` and `add_argument`. */
export function methodOf(file: PythonFile, call: SyntaxNode): Method | undefined {
  const [callee] = childrenOf(call);
  const [object, dot, property] = callee?.name === 'MemberExpression' ? childrenOf(callee) : [];
  if (object === undefined || dot?.name !== '.' || property === undefined) return undefined;
  return { object, name: file.textOf(property) };
}

/** Where a node stands, as part of a finding. */
export function placeOf(file: PythonFile, node: SyntaxNode): Pick<Finding, 'file' | 'line'> {
  return { file: file.path, line: file.lineOf(node) };
}

/** The type that a default shows; texts show none. */
export function typeOfValue(value: Value | undefined): SettingType | undefined {
  switch (value?.kind) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'list':
      return value.kind;
    default:
      return undefined;
  }
}

/** Whether an expression is the given word, such as `True` or `...`. */
export function isTrue({ evaluator }: PythonContext, file: PythonFile, node: SyntaxNode | undefined): boolean {
  return plainText(evaluator.value(file, node)) === 'true';
}

/** Whether an expression is the dots that stand for a value to be given. */
export function isEllipsis(node: SyntaxNode | undefined): boolean {
  return node?.name === 'Ellipsis' || node?.name === '...';
}

/** The name of an option among its spellings: the first long one, else the first. */
export function optionName(spellings: readonly string[]): string | undefined {
  return (
    spellings.find((text) => text.startsWith('--')) ?? spellings.find((text) => text.startsWith('-')) ?? spellings[0]
  );
}

/** The role that a variable's subcommand speaks of, where it was made by `add_parser`. */
export function roleOfParser(context: PythonContext, file: PythonFile, object: SyntaxNode): string | undefined {
  let at: SyntaxNode | undefined = object;
  for (let steps = 0; at !== undefined && steps < 5; steps += 1) {
    const value: SyntaxNode | undefined = at.name === 'VariableName' ? file.assignedTo(file.textOf(at), at) : at;
    const method: Method | undefined = value?.name === 'CallExpression' ? methodOf(file, value) : undefined;
    if (value === undefined || method === undefined) return undefined;
    if (method.name === 'add_parser') return context.evaluator.text(file, firstArgument(value));
    at = dottedName(file.source, method.object) === undefined ? undefined : method.object;
  }
  return undefined;
}

function firstArgument(call: SyntaxNode): SyntaxNode | undefined {
  const list = call.getChild('ArgList');
  return list === null ? undefined : childrenOf(list)[1];
}
