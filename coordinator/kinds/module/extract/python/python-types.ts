import type { SyntaxNode } from '@lezer/common';
import type { SettingType } from '../setting.js';
import { childrenOf } from './nodes.js';
import type { Evaluator } from './evaluate.js';
import type { PythonFile } from './python-file.js';
import { plainText } from './values.js';

const TYPES: Readonly<Record<string, SettingType>> = {
  int: 'integer',
  float: 'number',
  str: 'string',
  bool: 'boolean',
  str2bool: 'boolean',
  strtobool: 'boolean',
  list: 'list',
  List: 'list',
  tuple: 'list',
  Tuple: 'list',
  set: 'list',
  Set: 'list',
  Sequence: 'list',
  Path: 'path',
  FilePath: 'path',
  DirectoryPath: 'path',
  FileType: 'path',
  File: 'path',
  INT: 'integer',
  IntRange: 'integer',
  FLOAT: 'number',
  FloatRange: 'number',
  STRING: 'string',
  BOOL: 'boolean',
  PositiveInt: 'integer',
  NonNegativeInt: 'integer',
  conint: 'integer',
  PositiveFloat: 'number',
  NonNegativeFloat: 'number',
  Decimal: 'number',
  SecretStr: 'string',
  SecretBytes: 'string',
  AnyUrl: 'url',
  AnyHttpUrl: 'url',
  HttpUrl: 'url',
  WebsocketUrl: 'url',
  PostgresDsn: 'url',
  RedisDsn: 'url',
};

/** What a type in Python tells of a setting. */
export interface TypeFacts {
  readonly type: SettingType | undefined;
  readonly secret: boolean;
  /** It may be None. */
  readonly optional: boolean;
  readonly choices: readonly string[];
  /** What `Annotated` adds to the type. */
  readonly annotations: readonly SyntaxNode[];
  /** A class of the repository or of elsewhere, by the name it has in the file. */
  readonly named: string | undefined;
}

const NOTHING: TypeFacts = {
  type: undefined,
  secret: false,
  optional: false,
  choices: [],
  annotations: [],
  named: undefined,
};

/** Reads a type: an annotation, argparse's `type=` or click's. */
export function typeFacts(evaluator: Evaluator, file: PythonFile, node: SyntaxNode | undefined, depth = 0): TypeFacts {
  if (node === undefined || depth > 8) return NOTHING;
  const children = childrenOf(node);
  const [first, second, third] = children;
  if (node.name === 'None') return { ...NOTHING, optional: true };
  if (node.name === 'CallExpression') return typeFacts(evaluator, file, first, depth + 1);
  if (node.name === 'BinaryExpression')
    return united([first, third].map((part) => typeFacts(evaluator, file, part, depth + 1)));
  if (node.name !== 'MemberExpression' || second?.name !== '[') return named(file, node);
  const inner = children.slice(2, -1).filter(({ name }) => name !== ',');
  const facts = (part: SyntaxNode | undefined): TypeFacts => typeFacts(evaluator, file, part, depth + 1);
  switch (lastName(file, first)) {
    case 'Optional':
      return { ...facts(inner[0]), optional: true };
    case 'Union':
      return united(inner.slice(0, 10).map(facts));
    case 'Annotated':
      return { ...facts(inner[0]), annotations: inner.slice(1, 20) };
    case 'Literal':
      return {
        ...NOTHING,
        choices: inner.flatMap((part) => plainText(evaluator.value(file, part)) ?? []),
        type: 'string',
      };
    case 'Final':
    case 'ClassVar':
      return facts(inner[0]);
    default:
      return facts(first);
  }
}

function named(file: PythonFile, node: SyntaxNode): TypeFacts {
  const name = lastName(file, node) ?? '';
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  const looksBoolean = type === undefined && /bool/i.test(name.slice(0, 60));
  return {
    ...NOTHING,
    type: looksBoolean ? 'boolean' : type,
    secret: name.startsWith('Secret') && type !== undefined,
    named: node.name === 'VariableName' ? file.textOf(node) : undefined,
  };
}

function united(parts: readonly TypeFacts[]): TypeFacts {
  const [only, ...more] = parts.filter((part) => part.type !== undefined || part.named !== undefined);
  const optional = parts.some((part) => part.optional);
  return only === undefined || more.length > 0
    ? { ...(only ?? NOTHING), optional, type: more.length > 0 ? 'string' : undefined }
    : { ...only, optional };
}

function lastName(file: PythonFile, node: SyntaxNode | undefined): string | undefined {
  return node === undefined ? undefined : file.qualified(node)?.split('.').at(-1);
}
