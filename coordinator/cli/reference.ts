import type { Argument, Command, Option } from 'commander';
import { EXIT_CODES } from './exit-codes.js';
import { buildProgram } from './program.js';

const INTRODUCTION = `One program, \`headframe\`, is the coordinator, the agent, and the client of a fleet.

## Which coordinator

\`--address\`, else \`--context\`, else \`HEADFRAME_ADDRESS\`, else \`HEADFRAME_CONTEXT\`, else the current context, else
\`127.0.0.1:7700\`. Contexts lie in \`~/.config/headframe/config.yaml\` (or where \`HEADFRAME_CONFIG\` says, or below
\`XDG_CONFIG_HOME\`) and are kept with \`headframe contexts\`.

## Output

Results go to stdout; errors, questions and progress go to stderr. \`-o table\` is for people, \`-o wide\` has more columns.
\`-o json\` and \`-o yaml\` are for programs and stay stable: every result is a message of \`proto/headframe/v1\` in protobuf's
JSON mapping, with lowerCamelCase names, enums by name, every plain field present even when it is empty, and 64-bit
integers as numbers up to 2^53 - 1, beyond as text. Any protobuf library reads it back. Lists are one message with all
pages; \`events\` and \`top --watch\` print one message after the other (\`events -o json\` one a line). \`instances logs\` and
\`exec\` print the bytes of the instance whatever \`-o\` says. With \`-o json\` or \`yaml\` an error is one line of JSON on
stderr: \`{"error": {"code", "reason", "message", "remedy", "violations", "metadata"}}\`.

\`miners show -o yaml\` is the record with its spec as the contract has it; \`miners show --manifest\` is the manifest as
people write it, without defaults, to be edited and applied again. \`miners ls --manifest\` is that of a whole fleet.

There are no colours and no progress bars off a terminal; \`NO_COLOR\` and \`--no-color\` take colours away everywhere.

## Waiting and asking

\`--wait\` ends when what was asked for has come about; after \`--timeout\` (5 minutes) it gives up, says for each miner why it
waits, and ends with exit code 6. What was asked for goes on all the same. \`delete\`, \`hosts rm\`, \`store repair\` and
\`store restore\` ask before they act; without a terminal they refuse unless \`--yes\` is given. \`hosts drain\` and
\`miners stop\` do not ask: \`hosts uncordon\` and \`miners restart\` undo them.`;

/** docs/cli.md: every command with its arguments and flags, and the exit codes. */
export function renderCliReference(): string {
  // Nothing runs, so no action is ever called.
  const program = buildProgram(() => () => Promise.resolve());
  const commands = leavesOf(program).map(commandSection);
  const globals = optionTable(program.options);
  return [
    '# Command line',
    INTRODUCTION,
    '## Exit codes',
    exitCodeTable(),
    '`instances exec` ends with the exit code of the command it ran.',
    '## Flags of every command',
    globals,
    '## Commands',
    ...commands,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]);
  return markdownTable(['code', 'meaning'], rows);
}

function leavesOf(command: Command): Command[] {
  const inner = command.commands.filter((one) => one.name() !== 'help');
  return inner.length === 0 ? [command] : inner.flatMap(leavesOf);
}

function commandSection(command: Command): string {
  const parts = [`### \`${fullName(command)}\``, command.description(), usageBlock(command)];
  if (command.registeredArguments.length > 0) parts.push(argumentTable(command.registeredArguments));
  if (command.options.length > 0) parts.push(optionTable(command.options));
  return parts.join('\n\n');
}

function usageBlock(command: Command): string {
  return `\`\`\`text\n${fullName(command)} ${command.usage()}\n\`\`\``;
}

function fullName(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

function argumentTable(args: readonly Argument[]): string {
  const rows = args.map((argument) => [
    `\`${argument.name()}\``,
    withChoices(argument.description, argument.argChoices),
  ]);
  return markdownTable(['argument', 'meaning'], rows);
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => [
    `\`${option.flags}\``,
    withChoices(option.description, option.argChoices),
    defaultText(option),
  ]);
  return markdownTable(['flag', 'meaning', 'default'], rows);
}

function withChoices(text: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? text : `${text}: ${choices.map((choice) => `\`${choice}\``).join(', ')}`;
}

function defaultText({ defaultValue, defaultValueDescription }: Option): string {
  // Commander keeps defaults untyped; those here are texts, numbers and switches.
  const value: unknown = defaultValueDescription ?? defaultValue;
  const shown = typeof value === 'number' || (typeof value === 'string' && value !== '');
  return shown ? `\`${value}\`` : '';
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
