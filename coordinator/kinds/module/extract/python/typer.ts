import type { SyntaxNode } from '@lezer/common';
import { TELLING } from '../findings.js';
import { roleOfFunction, variablesOf } from './click.js';
import { calleeOf, isEllipsis, isTrue, optionName, placeOf, typeOfValue } from './context.js';
import type { PythonContext } from './context.js';
import { argumentsOf, childrenOf, parametersOf } from './nodes.js';
import type { CallArguments, Parameter } from './nodes.js';
import type { PythonFile } from './python-file.js';
import { typeFacts } from './python-types.js';
import type { TypeFacts } from './python-types.js';
import { plainText } from './values.js';
import type { Value } from './values.js';

/** Reads the parameters of typer's commands: functions with `.command()` or `.callback()`, and those given to `typer.run`. */
export function readTyper(context: PythonContext, file: PythonFile): void {
  const usesTyper = [...file.imports.values()].some(({ module }) => module === 'typer');
  if (!usesTyper) return;
  for (const command of commandsOf(context, file))
    for (const parameter of parametersOf(file.source, command.definition))
      readParameter(context, file, { parameter, command });
}

interface TyperCommand {
  readonly definition: SyntaxNode;
  readonly role: string | undefined;
}

function commandsOf({ evaluator }: PythonContext, file: PythonFile): TyperCommand[] {
  const run = file.calls
    .filter((call) => calleeOf(file, call) === 'typer.run')
    .map((call) => argumentsOf(file.source, call).positional[0])
    .map((node) => (node?.name === 'VariableName' ? file.textOf(node) : ''));
  return [...file.functions].flatMap(([name, definition]) => {
    const decorated = definition.parent?.name === 'DecoratedStatement' ? definition.parent : undefined;
    const isCommand = decorated
      ?.getChildren('Decorator')
      .some((node) => /\.(?:command|callback)\s*(?:\(|$)/.test(file.textOf(node).slice(0, 200).trimEnd()));
    if (isCommand !== true && !run.includes(name)) return [];
    const role = file.role ?? (decorated === undefined ? undefined : roleOfFunction(evaluator, file, decorated));
    return [{ definition, role: role ?? file.roleAt(definition.firstChild ?? definition) }];
  });
}

interface TyperParameter {
  readonly parameter: Parameter;
  readonly command: TyperCommand;
}

/** What `typer.Option(…)` or `typer.Argument(…)` says of a parameter. */
interface Declaration {
  readonly isArgument: boolean;
  readonly args: CallArguments | undefined;
  readonly standard: SyntaxNode | undefined;
  readonly spellings: readonly string[];
}

function readParameter(context: PythonContext, file: PythonFile, { parameter, command }: TyperParameter): void {
  const { evaluator, findings } = context;
  const facts = typeFacts(evaluator, file, parameter.annotation);
  if (/(?:^|\.)Context$/.test(file.textOf(parameter.annotation ?? parameter.node))) return;
  const declared = declarationOf(context, file, { parameter, facts });
  const named = (word: string): SyntaxNode | undefined => declared.args?.named.get(word);
  const isNeeded = isEllipsis(declared.standard);
  const value = isNeeded ? undefined : evaluator.value(file, declared.standard);
  const finding = {
    telling: TELLING.read,
    ...typed(facts, value),
    default: plainText(value),
    secret: isTrue(context, file, named('hide_input')) || facts.secret || undefined,
    role: command.role,
    description: evaluator.text(file, named('help')),
    ...placeOf(file, parameter.node),
  };
  const required = isNeeded || (declared.standard === undefined && !facts.optional);
  findings.add({ ...finding, name: nameOf(parameter, declared), source: 'option', required });
  for (const variable of variablesOf(context, file, named('envvar')))
    findings.add({ ...finding, name: variable, source: 'environment', required: false });
}

function nameOf({ name }: Parameter, { isArgument, spellings }: Declaration): string {
  const [written] = optionName(spellings)?.split('/') ?? [];
  return written ?? (isArgument ? name : `--${name.replaceAll('_', '-')}`);
}

function typed(facts: TypeFacts, value: Value | undefined): Pick<TypeFacts, 'type' | 'choices'> {
  return { type: facts.type === 'string' ? undefined : (facts.type ?? typeOfValue(value)), choices: facts.choices };
}

function declarationOf(
  { evaluator }: PythonContext,
  file: PythonFile,
  { parameter, facts }: { readonly parameter: Parameter; readonly facts: TypeFacts },
): Declaration {
  const inDefault = typerCall(file, parameter.standard);
  const inType = facts.annotations.map((node) => typerCall(file, node)).find((found) => found !== undefined);
  const found = inDefault ?? inType;
  if (found === undefined)
    return {
      isArgument: parameter.standard === undefined,
      args: undefined,
      standard: parameter.standard,
      spellings: [],
    };
  const args = argumentsOf(file.source, found.call);
  const texts = (nodes: readonly SyntaxNode[]): string[] => nodes.flatMap((node) => evaluator.text(file, node) ?? []);
  const common = { isArgument: found.isArgument, args };
  if (inDefault === undefined) return { ...common, standard: parameter.standard, spellings: texts(args.positional) };
  const [standard = args.named.get('default'), ...names] = args.positional;
  return { ...common, standard, spellings: texts(names) };
}

function typerCall(
  file: PythonFile,
  node: SyntaxNode | undefined,
): { readonly call: SyntaxNode; readonly isArgument: boolean } | undefined {
  if (node?.name !== 'CallExpression' || childrenOf(node).length === 0) return undefined;
  const callee = calleeOf(file, node);
  if (callee !== 'typer.Option' && callee !== 'typer.Argument') return undefined;
  return { call: node, isArgument: callee === 'typer.Argument' };
}
