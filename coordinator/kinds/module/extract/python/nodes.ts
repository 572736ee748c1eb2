import type { SyntaxNode } from '@lezer/common';
import type { SourceText } from '../source-text.js';

/** The children that mean something: no comments, no gaps that the parser left where the syntax is wrong. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'Comment' && !child.type.isError) children.push(child);
  return children;
}

/** The source of a node. */
export function sourceOf(source: SourceText, node: SyntaxNode): string {
  return source.text.slice(node.from, node.to);
}

/** The nearest node above of one of the given kinds. */
export function above(node: SyntaxNode, kinds: readonly string[]): SyntaxNode | undefined {
  let at = node.parent;
  for (let steps = 0; at !== null && steps < 200; steps += 1, at = at.parent) if (kinds.includes(at.name)) return at;
  return undefined;
}

/** A name with its dots, such as `os.environ.get`; undefined for what is not only names. */
export function dottedName(source: SourceText, node: SyntaxNode): string | undefined {
  const parts: string[] = [];
  let at = node;
  for (let steps = 0; steps < 12; steps += 1) {
    if (at.name === 'VariableName') return [sourceOf(source, at), ...parts.reverse()].join('.');
    const [object, dot, property] = at.name === 'MemberExpression' ? childrenOf(at) : [];
    if (object === undefined || dot?.name !== '.' || property === undefined) return undefined;
    parts.push(sourceOf(source, property));
    at = object;
  }
  return undefined;
}

/** What a call is given. */
export interface CallArguments {
  readonly positional: readonly SyntaxNode[];
  readonly named: ReadonlyMap<string, SyntaxNode>;
}

/** The arguments of a call, or of a class's bases; those spread by stars are left out. */
export function argumentsOf(source: SourceText, node: SyntaxNode): CallArguments {
  const positional: SyntaxNode[] = [];
  const named = new Map<string, SyntaxNode>();
  for (const part of partsOf(node.getChild('ArgList'))) {
    const [first, second, third] = part;
    if (first === undefined) continue;
    if (second?.name === 'AssignOp' && third !== undefined) named.set(sourceOf(source, first), third);
    else if (part.length === 1) positional.push(first);
  }
  return { positional, named };
}

/** A parameter of a function. */
export interface Parameter {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly annotation: SyntaxNode | undefined;
  readonly standard: SyntaxNode | undefined;
}

/** The parameters of a function, without those that take the rest. */
export function parametersOf(source: SourceText, definition: SyntaxNode): Parameter[] {
  return partsOf(definition.getChild('ParamList')).flatMap((part) => {
    const [node] = part;
    if (node?.name !== 'VariableName') return [];
    const equals = part.findIndex(({ name }) => name === 'AssignOp');
    return [
      {
        name: sourceOf(source, node),
        node,
        annotation: annotationIn(part),
        standard: equals < 0 ? undefined : part[equals + 1],
      },
    ];
  });
}

/** The type that stands behind the colon among these nodes. */
export function annotationIn(nodes: readonly SyntaxNode[]): SyntaxNode | undefined {
  const type = nodes.find(({ name }) => name === 'TypeDef');
  return type === undefined ? undefined : childrenOf(type).find(({ name }) => name !== ':');
}

function partsOf(list: SyntaxNode | null): SyntaxNode[][] {
  const parts: SyntaxNode[][] = [[]];
  for (const child of list === null ? [] : childrenOf(list)) {
    if (child.name === ',') parts.push([]);
    else if (child.name !== '(' && child.name !== ')') parts.at(-1)?.push(child);
  }
  return parts;
}

/** The text that a Python string literal stands for; undefined for bytes and format strings. */
export function stringOf(literal: string): string | undefined {
  const [opening = '', prefix = '', quote = ''] = /^([A-Za-z]{0,2})("""|'''|"|')/.exec(literal) ?? [];
  if (quote === '' || /[bf]/i.test(prefix) || literal.length < opening.length + quote.length) return undefined;
  const body = literal.slice(opening.length, literal.endsWith(quote) ? -quote.length : undefined);
  return /r/i.test(prefix) ? body : unescaped(body);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '', '0': '\0' };

/** Text without the escapes of a literal. */
export function unescaped(body: string): string {
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g,
    (_, hex?: string, long?: string, one = '') => {
      const code = hex ?? long;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      const character = String(one);
      return ESCAPES[character] ?? (/[\\'"]/.test(character) ? character : `\\${character}`);
    },
  );
}
