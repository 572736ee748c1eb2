import { describeCommands } from '../../../coordinator/cli/describe-commands.js';
import type { CommandDescription, OptionDescription } from '../../../coordinator/cli/describe-commands.js';
import { EXIT_CODES } from '../../../coordinator/cli/exit-codes.js';
import { GENERATED, code, markdownTable } from './markdown.js';

const INTRODUCTION = `One program, \`headframe\`, is the coordinator, the agent, and the client of a fleet.

## Which coordinator

\`--address\`, else \`--context\`, else \`HEADFRAME_ADDRESS\`, else \`HEADFRAME_CONTEXT\`, else the current context, else
\`127.0.0.1:7700\`. Contexts lie in \`~/.config/headframe/config.yaml\` (or where \`HEADFRAME_CONFIG\` says, or below
\`XDG_CONFIG_HOME\`) and are kept with \`headframe contexts\`.

Every call goes over mutual TLS, by the identity in the folder of \`--identity\`, else \`HEADFRAME_IDENTITY\`, else of the context
whose address is called. Where neither an address nor an identity is named at all, it is the one that the coordinator of this
machine made at its first start, in \`/var/lib/headframe/coordinator/admin\` (or the data folder of
\`HEADFRAME_COORDINATOR_DATA_DIR\`), if this user may read it. \`--insecure-loopback\`, \`HEADFRAME_INSECURE_LOOPBACK=true\` or a context
that was set with it call in clear instead, this machine alone. \`--token-file\` or \`HEADFRAME_TOKEN_FILE\` calls by a bearer
token in place of an identity; \`--authority\` or \`HEADFRAME_AUTHORITY\` then says by what the coordinator is known. \`headframe
login\` makes an identity and a context.

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

/** The reference of the command line as Markdown: every command with its arguments and flags, and the exit codes. */
export function renderCliReference(): string {
  const { everywhere, commands } = describeCommands();
  const parts = [
    GENERATED,
    '# Command line',
    INTRODUCTION,
    '## Exit codes',
    exitCodeTable(),
    '`instances exec` ends with the exit code of the command it ran.',
    '## Flags of every command',
    optionTable(everywhere),
    '## Commands',
    ...commands.flatMap(commandParts),
  ];
  return `${parts.join('\n\n')}\n`;
}

function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES).map((exit) => [String(exit.code), exit.meaning]);
  return markdownTable(['code', 'meaning'], rows);
}

function commandParts({ name, description, usage, args, options }: CommandDescription): string[] {
  const rows = args.map((argument) => [code(argument.name), withChoices(argument)]);
  return [
    `### ${code(name)}`,
    description,
    `\`\`\`text\n${name} ${usage}\n\`\`\``,
    ...(rows.length === 0 ? [] : [markdownTable(['argument', 'meaning'], rows)]),
    ...(options.length === 0 ? [] : [optionTable(options)]),
  ];
}

function optionTable(options: readonly OptionDescription[]): string {
  const rows = options.map((option) => [code(option.flags), withChoices(option), code(option.standard)]);
  return markdownTable(['flag', 'meaning', 'default'], rows);
}

function withChoices({ description, choices }: Pick<OptionDescription, 'description' | 'choices'>): string {
  return choices.length === 0 ? description : `${description}: ${choices.map(code).join(', ')}`;
}
