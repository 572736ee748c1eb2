import type { SyntaxNode } from '@lezer/common';
import { TELLING } from '../findings.js';
import type { Finding } from '../findings.js';
import type { SettingType } from '../setting.js';
import { roleOfName } from '../words.js';
import { calleeOf, isTrue, optionName, placeOf, typeOfValue } from './context.js';
import type { PythonContext } from './context.js';
import { above, argumentsOf } from './nodes.js';
import type { CallArguments } from './nodes.js';
import type { PythonFile } from './python-file.js';
import { typeFacts } from './python-types.js';
import { plainText, textsOf } from './values.js';

/** Reads the options and arguments of click's commands. */
export function readClick(context: PythonContext, file: PythonFile): void {
  for (const call of file.calls) {
    const [, kind] =
      /^(?:rich_|async)?click\.(option|argument|password_option)$/.exec(calleeOf(file, call) ?? '') ?? [];
    if (kind !== undefined)
      readOption(context, file, { call, isArgument: kind === 'argument', isPassword: kind === 'password_option' });
  }
}

interface ClickCall {
  readonly call: SyntaxNode;
  readonly isArgument: boolean;
  readonly isPassword: boolean;
}

function readOption(context: PythonContext, file: PythonFile, found: ClickCall): void {
  const { evaluator, findings } = context;
  const { call, isPassword } = found;
  const args = argumentsOf(file.source, call);
  const place = placeOf(file, call);
  const spellings = args.positional.slice(0, 20).flatMap((node) => evaluator.text(file, node) ?? []);
  const written = isPassword && spellings.length === 0 ? '--password' : optionName(spellings);
  if (written === undefined) {
    findings.warn('name_unknown', place, 'the name of this option is put together when the module runs');
    return;
  }
  const [name = written, ...off] = written.split('/').map((part) => part.trim());
  const finding = { ...factsOf(context, file, { call, args, isSwitch: off.length > 0, isPassword }), ...place };
  const hasDefault = finding.default !== undefined;
  const required = isRequired(context, file, { args, found, hasDefault });
  findings.add({ ...finding, name, source: 'option', required });
  for (const variable of variablesOf(context, file, args.named.get('envvar')))
    findings.add({ ...finding, name: variable, source: 'environment', required: false });
}

interface OptionParts {
  readonly call: SyntaxNode;
  readonly args: CallArguments;
  /** Written as `--x/--no-x`. */
  readonly isSwitch: boolean;
  readonly isPassword: boolean;
}

function factsOf(context: PythonContext, file: PythonFile, { call, args, ...parts }: OptionParts) {
  const { evaluator } = context;
  const flag = (word: string): boolean => isTrue(context, file, args.named.get(word));
  const isSwitch = parts.isSwitch || flag('is_flag');
  const value = evaluator.value(file, args.named.get('default'));
  return {
    telling: TELLING.read,
    type: isSwitch ? ('boolean' as const) : (typeOfOption(context, file, args) ?? typeOfValue(value)),
    default: plainText(value) ?? (isSwitch && !args.named.has('flag_value') ? 'false' : undefined),
    secret: parts.isPassword || flag('hide_input') || undefined,
    role: roleOfCommand(context, file, call) ?? file.roleAt(call),
    choices: choicesOf(context, file, args.named.get('type')),
    description: evaluator.text(file, args.named.get('help')),
  };
}

interface Asked {
  readonly args: CallArguments;
  readonly found: ClickCall;
  readonly hasDefault: boolean;
}

/** Arguments need a value unless they say otherwise, options where they say so; who starts a miner answers no prompt. */
function isRequired({ evaluator }: PythonContext, file: PythonFile, { args, found, hasDefault }: Asked): boolean {
  const said = plainText(evaluator.value(file, args.named.get('required')));
  if (said !== undefined) return said === 'true';
  if (found.isArgument) return !hasDefault && plainText(evaluator.value(file, args.named.get('nargs'))) !== '-1';
  return !hasDefault && (found.isPassword || args.named.has('prompt'));
}

/** The environment variables that an option can be given by instead: `envvar="X"` or a list. */
export function variablesOf({ evaluator }: PythonContext, file: PythonFile, node: SyntaxNode | undefined): string[] {
  const value = evaluator.value(file, node);
  return value?.kind === 'text' ? [value.text] : textsOf(value).slice(0, 10);
}

function typeOfOption(context: PythonContext, file: PythonFile, { named }: CallArguments): SettingType | undefined {
  const nargs = plainText(context.evaluator.value(file, named.get('nargs'))) ?? '1';
  if (isTrue(context, file, named.get('multiple')) || nargs !== '1') return 'list';
  const { type } = typeFacts(context.evaluator, file, named.get('type'));
  return isTrue(context, file, named.get('count')) ? 'integer' : type;
}

function choicesOf({ evaluator }: PythonContext, file: PythonFile, type: SyntaxNode | undefined): Finding['choices'] {
  if (type?.name !== 'CallExpression' || !/(?:^|\.)Choice$/.test(calleeOf(file, type) ?? '')) return undefined;
  const { positional, named } = argumentsOf(file.source, type);
  return textsOf(evaluator.value(file, positional[0] ?? named.get('choices')));
}

/** The role that a command's name speaks of, as its decorator or its function has it. */
function roleOfCommand({ evaluator }: PythonContext, file: PythonFile, call: SyntaxNode): string | undefined {
  const decorated = above(call, ['DecoratedStatement']);
  if (decorated === undefined || file.role !== undefined) return undefined;
  return roleOfFunction(evaluator, file, decorated);
}

/** The role that a decorated function is for. */
export function roleOfFunction(
  evaluator: PythonContext['evaluator'],
  file: PythonFile,
  decorated: SyntaxNode,
): string | undefined {
  for (const decorator of decorated.getChildren('Decorator')) {
    const names = argumentsOf(file.source, decorator).positional.map((node) => evaluator.text(file, node) ?? '');
    const isCommand = /\.(?:command|group)\s*\($/.test(file.textOf(decorator).split('(', 1)[0]?.concat('(') ?? '');
    const role = isCommand ? roleOfName(names[0] ?? '') : undefined;
    if (role !== undefined) return role;
  }
  const name = decorated.getChild('FunctionDefinition')?.getChild('VariableName');
  return name === null || name === undefined ? undefined : roleOfName(file.textOf(name));
}
