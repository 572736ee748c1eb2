import type { SyntaxNode } from '@lezer/common';
import { TELLING } from '../findings.js';
import type { SettingType } from '../setting.js';
import { roleOfName } from '../words.js';
import { LIBRARY_OPTIONS } from './bittensor-options.js';
import { calleeOf, methodOf, optionName, placeOf, roleOfParser, isTrue, typeOfValue } from './context.js';
import type { PythonContext } from './context.js';
import { argumentsOf } from './nodes.js';
import type { CallArguments } from './nodes.js';
import type { PythonFile } from './python-file.js';
import { typeFacts } from './python-types.js';
import { plainText, textsOf } from './values.js';

/** Reads every `add_argument` of a file, and the options that well-known libraries add to a parser. */
export function readArgparse(context: PythonContext, file: PythonFile): void {
  for (const call of file.calls) {
    const method = methodOf(file, call);
    if (method?.name === 'add_argument') readArgument(context, file, { call, parser: method.object });
    else if (method?.name === 'add_args') readLibrary(context, file, call);
  }
}

/** Where the method's name stands, as calls may be chained over lines. */
function methodNode(call: SyntaxNode): SyntaxNode {
  return call.firstChild?.getChild('PropertyName') ?? call;
}

interface Argument {
  readonly call: SyntaxNode;
  readonly parser: SyntaxNode;
}

function readArgument(context: PythonContext, file: PythonFile, { call, parser }: Argument): void {
  const { evaluator, findings } = context;
  const args = argumentsOf(file.source, call);
  if (args.positional.length === 0) return;
  const place = placeOf(file, methodNode(call));
  const spellings = args.positional.slice(0, 20).flatMap((node) => evaluator.text(file, node) ?? []);
  const name = optionName(spellings);
  if (name === undefined) {
    findings.warn('name_unknown', place, 'the name of this option is put together when the module runs');
    return;
  }
  const action = actionOf(context, file, args);
  if (ENDING.has(action)) return;
  const value = evaluator.value(file, args.named.get('default'));
  const nargs = plainText(evaluator.value(file, args.named.get('nargs')));
  findings.add({
    name,
    source: 'option',
    telling: TELLING.read,
    type: typeOfArgument(context, file, { args, action, nargs }) ?? typeOfValue(value),
    default: action === 'store_false' ? 'false' : (plainText(value) ?? (action === 'store_true' ? 'false' : undefined)),
    required: isTrue(context, file, args.named.get('required')) || isNeeded(name, nargs, args),
    role: roleOfName(roleOfParser(context, file, parser) ?? '') ?? file.roleAt(call),
    choices: textsOf(evaluator.value(file, args.named.get('choices'))),
    description: evaluator.text(file, args.named.get('help')),
    ...place,
  });
}

/** Actions that print something and end. */
const ENDING: ReadonlySet<string> = new Set(['help', 'version']);

const TYPE_OF_ACTION: Readonly<Record<string, SettingType | undefined>> = {
  store_true: 'boolean',
  store_false: 'boolean',
  BooleanOptionalAction: 'boolean',
  append: 'list',
  extend: 'list',
  count: 'integer',
};

function actionOf({ evaluator }: PythonContext, file: PythonFile, { named }: CallArguments): string {
  const node = named.get('action');
  if (node === undefined) return 'store';
  return evaluator.text(file, node) ?? file.qualified(node)?.split('.').at(-1) ?? 'store';
}

function isNeeded(name: string, nargs: string | undefined, { named }: CallArguments): boolean {
  return !name.startsWith('-') && nargs !== '?' && nargs !== '*' && !named.has('default');
}

interface TypeParts {
  readonly args: CallArguments;
  readonly action: string;
  readonly nargs: string | undefined;
}

function typeOfArgument(
  { evaluator }: PythonContext,
  file: PythonFile,
  { args, action, nargs }: TypeParts,
): SettingType | undefined {
  const byAction = Object.hasOwn(TYPE_OF_ACTION, action) ? TYPE_OF_ACTION[action] : undefined;
  if (byAction !== undefined) return byAction;
  if (nargs !== undefined && nargs !== '?') return 'list';
  const { type } = typeFacts(evaluator, file, args.named.get('type'));
  // `type=str` is what holds without it, and tells a path or an address from nothing.
  return type === 'string' ? undefined : type;
}

/** `bt.wallet.add_args(parser)`: options whose source lies outside the repository. */
function readLibrary(context: PythonContext, file: PythonFile, call: SyntaxNode): void {
  const [, part = ''] = /^bittensor(?:\.[\w.]{1,80})?\.(\w{1,40})\.add_args$/.exec(calleeOf(file, call) ?? '') ?? [];
  const key = part.toLowerCase();
  const options = Object.hasOwn(LIBRARY_OPTIONS, key) ? LIBRARY_OPTIONS[key] : undefined;
  for (const option of options ?? []) {
    const role = file.roleAt(call);
    context.findings.add({ ...option, source: 'option', telling: TELLING.library, role, ...placeOf(file, call) });
  }
}
