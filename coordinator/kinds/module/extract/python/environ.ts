import type { SyntaxNode } from '@lezer/common';
import { TELLING } from '../findings.js';
import type { SettingType } from '../setting.js';
import { calleeOf, placeOf, typeOfValue } from './context.js';
import type { PythonContext } from './context.js';
import { above, argumentsOf, childrenOf, parametersOf } from './nodes.js';
import type { PythonFile } from './python-file.js';
import { typeFacts } from './python-types.js';
import { plainText } from './values.js';

/** One reading of the environment. */
interface Reading {
  readonly node: SyntaxNode;
  /** What stands for the variable's name. */
  readonly name: SyntaxNode | undefined;
  readonly standard: SyntaxNode | undefined;
  /** Fails when the variable is not set. */
  readonly required: boolean;
  readonly type?: SettingType | undefined;
}

/** A function of the module that reads the variable which it is told. */
interface Wrapper {
  readonly file: PythonFile;
  readonly name: string;
  readonly nameAt: number;
  readonly nameParameter: string;
  readonly standardAt: number;
  readonly standardParameter: string;
  readonly required: boolean;
  readonly type: SettingType | undefined;
}

/**
 * Reads what files take from the environment, by `os` and by common packages, also through functions of the module's own:
 * `filesWith` gives the files in which a word stands.
 */
export function readEnvironment(
  context: PythonContext,
  files: readonly PythonFile[],
  filesWith: (words: readonly string[]) => readonly PythonFile[],
): void {
  const wrappers: Wrapper[] = [];
  for (const file of files)
    for (const reading of readingsOf(context, file)) {
      const wrapper = report(context, file, reading) ? undefined : wrapperOf(file, reading);
      if (wrapper !== undefined && wrappers.length < 20) wrappers.push(wrapper);
    }
  if (wrappers.length === 0) return;
  for (const file of filesWith(wrappers.map(({ name }) => name)))
    for (const call of file.calls) {
      const wrapper = wrapperCalled(context, file, { call, wrappers });
      if (wrapper !== undefined) report(context, file, readingOf(file, call, wrapper));
    }
}

function readingsOf(context: PythonContext, file: PythonFile): Reading[] {
  return [
    ...file.calls.flatMap((call) => calledReading(context, file, call)),
    ...file.subscripts.flatMap((node) => subscriptReading(file, node)),
  ];
}

function calledReading(context: PythonContext, file: PythonFile, call: SyntaxNode): Reading[] {
  const callee = calleeOf(file, call);
  if (callee === undefined) return [];
  const { positional, named } = argumentsOf(file.source, call);
  const [first, second] = positional;
  if (OF_OS.has(callee)) {
    const name = first ?? named.get('key');
    return [
      {
        node: call,
        name,
        standard: second ?? named.get('default'),
        required: callee === 'os.environ.pop' && positional.length < 2,
      },
    ];
  }
  const cast = packageCast(context, file, callee);
  if (cast === undefined) return [];
  const standard = named.get('default') ?? (callee.startsWith('decouple') ? undefined : second);
  const declared = typeFacts(context.evaluator, file, named.get('cast')).type;
  return [{ node: call, name: first, standard, required: standard === undefined, type: cast.type ?? declared }];
}

const OF_OS: ReadonlySet<string> = new Set(['os.getenv', 'os.environ.get', 'os.environ.setdefault', 'os.environ.pop']);

const TYPE_OF_METHOD: Readonly<Record<string, SettingType>> = {
  int: 'integer',
  float: 'number',
  decimal: 'number',
  bool: 'boolean',
  list: 'list',
  path: 'path',
  url: 'url',
};

/** Whether a call is one of the packages decouple, environs or environ, and the type that its method names. */
function packageCast(
  context: PythonContext,
  file: PythonFile,
  callee: string,
): { readonly type?: SettingType | undefined } | undefined {
  if (callee === 'decouple.config') return {};
  const [head = '', method = '', ...more] = callee.split('.');
  if (more.length > 0 || method.startsWith('read')) return undefined;
  const maker = makerOf(context, file, head);
  if (maker !== 'environs.Env' && maker !== 'environ.Env') return undefined;
  return { type: Object.hasOwn(TYPE_OF_METHOD, method) ? TYPE_OF_METHOD[method] : undefined };
}

/** What made the object that a name stands for, such as `environs.Env`. */
function makerOf({ evaluator }: PythonContext, file: PythonFile, name: string): string | undefined {
  const target = name === '' ? undefined : evaluator.tree.find(file, name);
  if (target?.name === undefined) return undefined;
  const made = target.file.constant(target.name);
  return made?.name === 'CallExpression' ? calleeOf(target.file, made) : undefined;
}

/** `os.environ["X"]`, unless it is being set or deleted. */
function subscriptReading(file: PythonFile, node: SyntaxNode): Reading[] {
  const [object, , name] = childrenOf(node);
  if (object === undefined || file.qualified(object) !== 'os.environ') return [];
  const { parent } = node;
  const isTarget = parent?.name === 'AssignStatement' && parent.firstChild?.from === node.from;
  if (isTarget || parent?.name === 'DeleteStatement') return [];
  return [{ node, name, standard: undefined, required: true }];
}

/** Adds what a reading tells; whether its name is known. */
function report({ evaluator, findings }: PythonContext, file: PythonFile, reading: Reading): boolean {
  const name = evaluator.text(file, reading.name);
  if (name === undefined) return false;
  const around = surroundings(file, reading.node);
  const own = evaluator.value(file, reading.standard);
  const value = own === undefined || own.kind === 'none' ? evaluator.value(file, around.otherwise) : own;
  findings.add({
    name,
    source: 'environment',
    telling: reading.standard === undefined && !reading.required ? TELLING.read - 1 : TELLING.read,
    type: reading.type ?? around.type ?? typeOfValue(value),
    default: plainText(value),
    required: reading.required,
    role: file.roleAt(reading.node),
    ...placeOf(file, reading.node),
  });
  return true;
}

interface Surroundings {
  readonly type: SettingType | undefined;
  /** What stands behind an `or`. */
  readonly otherwise: SyntaxNode | undefined;
}

/** What is done with a value tells its type: `int(…)`, `….split(",")`, `….lower() == "true"`; and `… or x` its default. */
function surroundings(file: PythonFile, node: SyntaxNode): Surroundings {
  let otherwise: SyntaxNode | undefined;
  let at: SyntaxNode | undefined = node;
  for (let steps = 0; at !== undefined && steps < 8; steps += 1) {
    const step: Step = stepOut(file, at);
    otherwise ??= step.otherwise;
    if (step.type !== undefined) return { type: step.type, otherwise };
    at = step.next;
  }
  return { type: undefined, otherwise };
}

interface Step extends Partial<Surroundings> {
  /** The expression around it that still is the value. */
  readonly next?: SyntaxNode | undefined;
}

function stepOut(file: PythonFile, at: SyntaxNode): Step {
  const { parent } = at;
  switch (parent?.name) {
    case 'ArgList':
      return { type: castBy(file, parent) };
    case 'ParenthesizedExpression':
      return { next: parent };
    case 'MemberExpression': {
      const property = parent.getChild('PropertyName');
      const method = property === null ? '' : file.textOf(property);
      if (method === 'split') return { type: 'list' };
      return /^(?:lower|upper|strip|casefold)$/.test(method) ? { next: parent.parent ?? undefined } : {};
    }
    case 'BinaryExpression': {
      const [left, operator, right] = childrenOf(parent);
      if (operator?.name !== 'or') return { type: comparesTruth(file, right) ? 'boolean' : undefined };
      return { next: parent, otherwise: left?.from === at.from ? right : undefined };
    }
    default:
      return {};
  }
}

function castBy(file: PythonFile, list: SyntaxNode): SettingType | undefined {
  const callee = list.parent === null ? undefined : calleeOf(file, list.parent);
  switch (callee?.split('.').at(-1)) {
    case 'int':
      return 'integer';
    case 'float':
    case 'Decimal':
      return 'number';
    case 'bool':
    case 'strtobool':
    case 'str2bool':
      return 'boolean';
    case 'Path':
      return 'path';
    default:
      return undefined;
  }
}

function comparesTruth(file: PythonFile, right: SyntaxNode | undefined): boolean {
  return right !== undefined && /^[([{]?\s*["'](?:true|yes|on|1)["']/i.test(file.textOf(right).slice(0, 40));
}

/** Where the name that is read is a parameter of the function around it. */
function wrapperOf(file: PythonFile, reading: Reading): Wrapper | undefined {
  const definition = above(reading.node, ['FunctionDefinition']);
  const nameNode = definition?.getChild('VariableName');
  if (!definition || !nameNode || reading.name?.name !== 'VariableName') return undefined;
  const name = file.textOf(nameNode);
  const parameters = parametersOf(file.source, definition).map((parameter) => parameter.name);
  const nameParameter = file.textOf(reading.name);
  const nameAt = parameters.indexOf(nameParameter);
  if (nameAt < 0 || file.functions.get(name)?.from !== definition.from) return undefined;
  const standardParameter = reading.standard?.name === 'VariableName' ? file.textOf(reading.standard) : 'default';
  const standardAt = parameters.indexOf(standardParameter);
  const { type } = surroundings(file, reading.node);
  const required = reading.required && standardAt < 0;
  return { file, name, nameAt, nameParameter, standardAt, standardParameter, required, type };
}

interface Called {
  readonly call: SyntaxNode;
  readonly wrappers: readonly Wrapper[];
}

function wrapperCalled(
  { evaluator }: PythonContext,
  from: PythonFile,
  { call, wrappers }: Called,
): Wrapper | undefined {
  const [callee] = childrenOf(call);
  if (callee?.name !== 'VariableName') return undefined;
  const target = evaluator.tree.find(from, from.textOf(callee));
  return wrappers.find(({ file, name }) => file === target?.file && name === target.name);
}

function readingOf(file: PythonFile, call: SyntaxNode, wrapper: Wrapper): Reading {
  const { positional, named } = argumentsOf(file.source, call);
  const { standardAt, standardParameter } = wrapper;
  const standard = standardAt < 0 ? undefined : (positional[standardAt] ?? named.get(standardParameter));
  const name = positional[wrapper.nameAt] ?? named.get(wrapper.nameParameter);
  return { node: call, name, standard, required: wrapper.required, type: wrapper.type };
}
