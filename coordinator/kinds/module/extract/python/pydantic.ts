import type { SyntaxNode } from '@lezer/common';
import { TELLING } from '../findings.js';
import { calleeOf, isEllipsis, placeOf, typeOfValue } from './context.js';
import type { PythonContext } from './context.js';
import { annotationIn, argumentsOf, childrenOf, stringOf } from './nodes.js';
import type { CallArguments } from './nodes.js';
import type { PythonFile } from './python-file.js';
import { typeFacts } from './python-types.js';
import type { TypeFacts } from './python-types.js';
import { plainText, textsOf } from './values.js';

/** Reads the fields of classes that are pydantic settings, by themselves or by a class of the repository above them. */
export function readPydantic(context: PythonContext, file: PythonFile): void {
  for (const [name, definition] of file.classes) {
    const lineage = lineageOf(context, { file, definition });
    if (lineage === undefined) continue;
    const rules = rulesOf(context, [{ file, definition }, ...lineage.parents]);
    for (const owner of [...lineage.parents].reverse().concat({ file, definition }))
      readFields(context, owner, {
        rules,
        role: file.roleAt(childrenOf(definition).at(-1) ?? definition),
        className: name,
        isFirst: lineage.isFirst,
      });
  }
}

interface ClassPlace {
  readonly file: PythonFile;
  readonly definition: SyntaxNode;
}

/** What a class of settings stands on: its classes within the repository, nearest first. */
interface Lineage {
  readonly parents: readonly ClassPlace[];
  /** Pydantic's first version, where optional fields need no value. */
  readonly isFirst: boolean;
}

function lineageOf(context: PythonContext, start: ClassPlace): Lineage | undefined {
  const parents: ClassPlace[] = [];
  let at: ClassPlace = start;
  for (let steps = 0; steps < 8; steps += 1) {
    const bases = argumentsOf(at.file.source, at.definition).positional.slice(0, 10);
    const names = bases.map((base) => at.file.qualified(base) ?? '');
    const found = names.find((name) => BASES.has(name));
    if (found !== undefined) return { parents, isFirst: found !== 'pydantic_settings.BaseSettings' };
    const next = bases.map((base) => classOf(context, at.file, base)).find((place) => place !== undefined);
    if (
      next === undefined ||
      parents.some(({ definition }) => definition.from === next.definition.from && next.file === at.file)
    )
      return undefined;
    parents.push(next);
    at = next;
  }
  return undefined;
}

const BASES: ReadonlySet<string> = new Set([
  'pydantic_settings.BaseSettings',
  'pydantic.BaseSettings',
  'pydantic.v1.BaseSettings',
  'pydantic.env_settings.BaseSettings',
]);

function classOf({ evaluator }: PythonContext, file: PythonFile, base: SyntaxNode): ClassPlace | undefined {
  if (base.name !== 'VariableName') return undefined;
  const target = evaluator.tree.find(file, file.textOf(base));
  const definition = target?.name === undefined ? undefined : target.file.classes.get(target.name);
  return definition === undefined || target === undefined ? undefined : { file: target.file, definition };
}

interface Rules {
  readonly prefix: string;
  /** Field names by the variables that a `Config` class gives them. */
  readonly isCaseSensitive: boolean;
}

/** The prefix and the case of variables, by `model_config` or a class `Config`, the nearest that says so. */
function rulesOf({ evaluator }: PythonContext, owners: readonly ClassPlace[]): Rules {
  const said = (key: string): string | undefined =>
    owners
      .flatMap(({ file, definition }) => configOf(file, definition).map(([name, node]) => ({ file, name, node })))
      .filter(({ name }) => name === key)
      .map(({ file, node }) => plainText(evaluator.value(file, node)))
      .find((text) => text !== undefined);
  return { prefix: said('env_prefix') ?? '', isCaseSensitive: said('case_sensitive') === 'true' };
}

function configOf(file: PythonFile, definition: SyntaxNode): [string, SyntaxNode][] {
  return statementsOf(definition).flatMap((statement): [string, SyntaxNode][] => {
    const [target, ...rest] = childrenOf(statement);
    const name = target === undefined ? '' : file.textOf(target);
    if (statement.name === 'AssignStatement' && name === 'model_config') {
      const given = rest.at(-1);
      if (given?.name === 'DictionaryExpression') return pairsOf(file, given);
      return given?.name === 'CallExpression' ? [...argumentsOf(file.source, given).named] : [];
    }
    const [, className] = childrenOf(statement);
    if (statement.name !== 'ClassDefinition' || className === undefined || file.textOf(className) !== 'Config')
      return [];
    return statementsOf(statement).flatMap((inner): [string, SyntaxNode][] => {
      const [key, , value] = childrenOf(inner);
      return inner.name === 'AssignStatement' && key !== undefined && value !== undefined
        ? [[file.textOf(key), value]]
        : [];
    });
  });
}

/** The pairs of a dictionary whose keys are literals. */
function pairsOf(file: PythonFile, dictionary: SyntaxNode): [string, SyntaxNode][] {
  const parts = childrenOf(dictionary);
  return parts.flatMap((part, index): [string, SyntaxNode][] => {
    const [key, value] = [parts[index - 1], parts[index + 1]];
    if (part.name !== ':' || key?.name !== 'String' || value === undefined) return [];
    return [[stringOf(file.textOf(key)) ?? '', value]];
  });
}

function statementsOf(definition: SyntaxNode): SyntaxNode[] {
  const body = definition.getChild('Body');
  return body === null ? [] : childrenOf(body).slice(0, 1_000);
}

interface FieldRules {
  readonly rules: Rules;
  readonly role: string | undefined;
  readonly className: string;
  readonly isFirst: boolean;
}

function readFields(context: PythonContext, { file, definition }: ClassPlace, rules: FieldRules): void {
  for (const statement of statementsOf(definition)) {
    const parts = childrenOf(statement);
    const [target] = parts;
    const annotation = annotationIn(parts);
    if (statement.name !== 'AssignStatement' || target?.name !== 'VariableName' || annotation === undefined) continue;
    const name = file.textOf(target);
    const facts = typeFacts(context.evaluator, file, annotation);
    if (name.startsWith('_') || /^(?:typing\.)?ClassVar\b/.test(file.textOf(annotation).slice(0, 40))) continue;
    const equals = parts.findIndex((part) => part.name === 'AssignOp');
    readField(context, file, { target, name, facts, value: equals < 0 ? undefined : parts[equals + 1], rules });
  }
}

interface Field {
  readonly target: SyntaxNode;
  readonly name: string;
  readonly facts: TypeFacts;
  readonly value: SyntaxNode | undefined;
  readonly rules: FieldRules;
}

function readField({ evaluator, findings }: PythonContext, file: PythonFile, field: Field): void {
  const { facts, rules } = field;
  const calls = [field.value, ...facts.annotations].filter((node) => node !== undefined && isFieldCall(file, node));
  const declared = calls.map((call) => (call === undefined ? undefined : argumentsOf(file.source, call)));
  const named = (word: string): SyntaxNode | undefined => declared.map((args) => args?.named.get(word)).find(Boolean);
  const standard = standardOf(file, field.value, { declared: declared[0], named });
  const value = evaluator.value(file, standard);
  const names = variablesOfField(
    field,
    wordsOf(evaluator.value(file, named('validation_alias') ?? named('env') ?? named('alias'))),
  );
  for (const name of names)
    findings.add({
      name,
      source: 'environment',
      telling: TELLING.declared,
      type: facts.type === 'string' ? undefined : (facts.type ?? typeOfValue(value)),
      default: plainText(value),
      required:
        (standard === undefined && !named('default_factory') && !(rules.isFirst && facts.optional)) ||
        isEllipsis(standard),
      secret: facts.secret || undefined,
      role: rules.role,
      choices: facts.choices,
      description: evaluator.text(file, named('description')),
      ...placeOf(file, field.target),
    });
}

function wordsOf(value: ReturnType<PythonContext['evaluator']['value']>): string[] {
  return value?.kind === 'text' ? [value.text] : textsOf(value);
}

function isFieldCall(file: PythonFile, node: SyntaxNode): boolean {
  return node.name === 'CallExpression' && /(?:^|\.)Field$/.test(calleeOf(file, node) ?? '');
}

interface Declared {
  readonly declared: CallArguments | undefined;
  readonly named: (word: string) => SyntaxNode | undefined;
}

function standardOf(
  file: PythonFile,
  value: SyntaxNode | undefined,
  { declared, named }: Declared,
): SyntaxNode | undefined {
  if (value !== undefined && !isFieldCall(file, value)) return value;
  return (value === undefined ? undefined : declared?.positional[0]) ?? named('default');
}

function variablesOfField({ name, rules }: Field, aliases: readonly string[]): string[] {
  if (aliases.length > 0)
    return aliases.slice(0, 1).map((alias) => (rules.rules.isCaseSensitive ? alias : alias.toUpperCase()));
  const variable = `${rules.rules.prefix}${name}`;
  return [rules.rules.isCaseSensitive ? variable : variable.toUpperCase()];
}
