import type { Argument, Command, Option } from 'commander';
import { buildProgram } from './program.js';

/** A flag for its reference. */
export interface OptionDescription {
  /** Such as `-f, --file <file>`. */
  readonly flags: string;
  readonly description: string;
  /** Empty when any value will do. */
  readonly choices: readonly string[];
  /** '' when there is none. */
  readonly standard: string;
}

/** An argument for its reference. */
export interface ArgumentDescription {
  readonly name: string;
  readonly description: string;
  readonly choices: readonly string[];
}

/** A command for its reference. */
export interface CommandDescription {
  /** With the program and the subject, such as `headframe miners ls`. */
  readonly name: string;
  readonly description: string;
  readonly usage: string;
  readonly args: readonly ArgumentDescription[];
  readonly options: readonly OptionDescription[];
}

/** Every command that does something, and the flags that all of them take. */
export function describeCommands(): {
  readonly everywhere: readonly OptionDescription[];
  readonly commands: readonly CommandDescription[];
} {
  // Nothing runs, so no action is ever called.
  const program = buildProgram(() => () => Promise.resolve());
  const everywhere = program.options.filter(({ long }) => long !== '--version');
  return { everywhere: everywhere.map(describeOption), commands: leavesOf(program).map(describeCommand) };
}

function leavesOf(command: Command): Command[] {
  if (command.commands.length === 0) return [command];
  // A command with options of its own does something beside those below it.
  const self = command.parent !== null && command.options.length > 0 ? [command] : [];
  return [...self, ...command.commands.flatMap(leavesOf)];
}

function describeCommand(command: Command): CommandDescription {
  return {
    name: fullName(command),
    description: command.description(),
    usage: command.usage(),
    args: command.registeredArguments.map(describeArgument),
    options: command.options.map(describeOption),
  };
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function describeArgument(argument: Argument): ArgumentDescription {
  return { name: argument.name(), description: argument.description, choices: argument.argChoices ?? [] };
}

function describeOption({
  flags,
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}: Option): OptionDescription {
  // Commander keeps defaults untyped; those here are texts, numbers and switches.
  const value: unknown = defaultValueDescription ?? defaultValue;
  const shown = typeof value === 'number' || typeof value === 'string';
  return { flags, description, choices: argChoices ?? [], standard: shown ? String(value) : '' };
}
