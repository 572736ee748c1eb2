import { Command, CommanderError, Option } from 'commander';
import { toHeadframeError } from '../../../../common/model/error.js';
import type { HeadframeError } from '../../../../common/model/error.js';
import { SPACE_COMMANDS } from '../../../../common/model/space-commands.js';
import { readScanFlags, scanCommand } from '../fleet/scan-command.js';
import { createCommand } from './create-command.js';
import { logLine } from './log-file.js';
import type { LineLog } from './log-file.js';
import { deleteCommand, listCommand } from './list-commands.js';
import { startCommand, statusCommand, stopCommand } from './miner-commands.js';
import { loadSettings, settingsFile } from './settings.js';
import type { SpaceCall, SpaceFlags, SpaceWorld } from './world.js';

/** Those of the reference: done, or not. */
const EXIT_OK = 0;
const EXIT_FAILED = 1;

type Action = (call: SpaceCall, flags: SpaceFlags, argument: string) => Promise<void>;

/** Each with its settings, but for `stop`, which needs no more than the name of their file. */
const ACTIONS: Readonly<Record<string, Action>> = {
  'create-plot': createCommand,
  'list-plots': listCommand,
  'delete-plot': deleteCommand,
  start: startCommand,
  status: statusCommand,
};

/** Runs `headframe space …` and resolves with its exit code. */
export async function runSpaceProgram(argv: readonly string[], world: SpaceWorld): Promise<number> {
  const program = buildProgram(world);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT_OK;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT_OK : EXIT_FAILED;
    tell(toHeadframeError(thrown), world.complain);
    return EXIT_FAILED;
  }
}

function buildProgram(world: SpaceWorld): Command {
  const program = new Command('headframe space')
    .description('Mine by the disks of this machine alone, without a coordinator.')
    .version(world.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.print(text.trimEnd()),
      writeErr: (text) => world.complain(text.trimEnd()),
    });
  for (const { name, description, argument, flags } of SPACE_COMMANDS) {
    const command = program.command(name).description(description);
    if (argument !== undefined) command.argument(`<${argument.name}>`, argument.description);
    for (const { flags: text, description: meaning, standard } of flags)
      command.addOption(new Option(text, meaning).default(standard));
    command.action(async (...given: unknown[]) => {
      const [word] = given;
      await run(name, command.opts<SpaceFlags>(), typeof word === 'string' ? word : '', world);
    });
  }
  return program;
}

async function run(name: string, flags: SpaceFlags, argument: string, world: SpaceWorld): Promise<void> {
  const { config } = flags;
  const from = { file: typeof config === 'string' ? config : undefined, env: world.env, home: world.home };
  if (name === 'scan') return scanFleet(flags, world);
  const action = ACTIONS[name];
  if (action === undefined) return stopCommand(settingsFile(from), flags, world);
  const loaded = await loadSettings(from);
  for (const remark of loaded.remarks) world.complain(remark);
  await action({ ...loaded, world }, flags, argument);
}

/** For a fleet, whose coordinator has the settings. */
function scanFleet(flags: SpaceFlags, { clock, signal, print }: SpaceWorld): Promise<void> {
  const log: LineLog = (level, text) => print(logLine(clock.nowMs(), level, text));
  return scanCommand(readScanFlags(flags), { clock, log, signal });
}

function tell(error: HeadframeError, complain: (line: string) => void): void {
  complain(`error: ${error.message}`);
  for (const { document, path, value, expected, remedy } of error.violations) {
    const where = [document, path].filter((part) => part !== undefined && part !== '').join(' ');
    const got = value === undefined ? '' : `, got ${value}`;
    complain(`  ${where}: expected ${expected}${got}${remedy === undefined ? '' : `. ${remedy}`}`);
  }
  if (error.remedy !== undefined) complain(`remedy: ${error.remedy}`);
}
