import type { Command, Option } from 'commander';
import { agentConfigSchema } from '../../common/config/agent-config.js';
import { configFields, flagOf } from '../../common/config/field-tree.js';
import { buildProgram } from '../../coordinator/cli/program.js';

/** How much of a command has to be there. */
export type Strictness = 'complete' | 'mention';

const JOIN_FLAGS = ['--token', '--authority', '--again'];
const AGENT_FLAGS = ['--config', '--output', '-o', ...JOIN_FLAGS, ...configFields(agentConfigSchema).map(flagOf)];

/** What is wrong with the words after `headframe`; undefined when such a command exists with all its flags. */
export function commandFault(words: readonly string[], strictness: Strictness): string | undefined {
  // Nothing runs: only what the commands declare is looked at.
  let command: Command = buildProgram(() => () => Promise.resolve());
  let at = 0;
  while (at < words.length) {
    const next = command.commands.find((one) => one.name() === words[at]);
    if (next === undefined) break;
    command = next;
    at += 1;
  }
  if (at === 0 && !isFlag(words[0] ?? '')) return `no command ${words[0] ?? ''}`;
  if (command.commands.length > 0 && at > 0 && wantsCommand(words[at], strictness))
    return `${command.name()} has no command ${words[at] ?? ''}`;
  return restFault(command, words.slice(at), strictness);
}

/** A command that has commands may have flags of its own that make it whole. */
function wantsCommand(next: string | undefined, strictness: Strictness): boolean {
  return next === undefined ? strictness === 'complete' : !isFlag(next);
}

function restFault(command: Command, words: readonly string[], strictness: Strictness): string | undefined {
  const { flags, positional } = sort(command, words);
  const unknown = flags.find((flag) => !isKnown(command, flag));
  if (unknown !== undefined) return `${command.name()} takes no ${unknown}`;
  const required = command.registeredArguments.filter((argument) => argument.required).length;
  if (strictness === 'complete' && positional.length < required) return `${command.name()} wants more arguments`;
  const most = command.registeredArguments.some((argument) => argument.variadic)
    ? Infinity
    : command.registeredArguments.length;
  return positional.length > most ? `${command.name()} wants fewer arguments` : undefined;
}

function sort(command: Command, words: readonly string[]): { flags: string[]; positional: string[] } {
  const flags: string[] = [];
  const positional: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') return { flags, positional: [...positional, ...words.slice(at + 1)] };
    if (!isFlag(word)) {
      positional.push(word);
      continue;
    }
    const [name = ''] = word.split('=', 1);
    flags.push(name);
    const takesValue = isAgent(command) || optionsOf(command).some((one) => hasName(one, name) && !one.isBoolean());
    if (takesValue && name === word) at += 1;
  }
  return { flags, positional };
}

function isKnown(command: Command, flag: string): boolean {
  if (isAgent(command)) return AGENT_FLAGS.includes(flag);
  return flag === '--help' || optionsOf(command).some((option) => hasName(option, flag));
}

/** A command's own options and those of the program. */
function optionsOf(command: Command): readonly Option[] {
  return command.parent === null ? command.options : [...command.options, ...optionsOf(command.parent)];
}

function hasName(option: Option, flag: string): boolean {
  return option.short === flag || option.long === flag;
}

/** The agent parses its own flags. */
function isAgent(command: Command): boolean {
  return command.parent?.name() === 'agent';
}

function isFlag(word: string): boolean {
  return /^--?\w/.test(word);
}
