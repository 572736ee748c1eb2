import { Command, CommanderError } from 'commander';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { COMMANDS } from './commands/index.js';
import { complete } from './completion/complete.js';
import { COMPLETE_COMMAND } from './completion/scripts.js';
import { EXIT_CODES, exitCodeOf } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';
import { interruptedError } from './follow.js';
import { addGlobalOptions } from './global-options.js';
import type { GlobalOptions } from './global-options.js';
import { Invocation } from './invocation.js';
import { renderError } from './output/report-error.js';
import type { Runner } from './runner.js';
import { programVersion } from '../../common/model/version.js';
import { takesColours, write } from './world.js';
import type { World } from './world.js';

/** Assembles the commands; `run` decides what their actions do. */
export function buildProgram(run: Runner): Command {
  const program = new Command('headframe')
    .description('Runs fleets of miners on many machines.')
    .version(programVersion(), '-V, --version', 'print the version of this program')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addGlobalOptions(program);
  for (const add of COMMANDS) add(program, run);
  return program;
}

/** Runs the program once and gives its exit code; everything it prints and asks goes through the world. */
export async function runCli(argv: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok.code;
  const printed: string[] = [];
  const program = buildProgram((handler) => async (...args) => {
    // Commander hands every action the command itself last.
    const command = args.pop() as Command;
    const invocation = new Invocation(world, command.optsWithGlobals<GlobalOptions>());
    // What is left are the arguments that the command declares.
    await invocation.run((call) => handler(call, ...(args as never)));
    exitCode = invocation.exitCode;
  });
  captureOutput(program, printed);
  try {
    const [first, ...rest] = argv;
    if (first === COMPLETE_COMMAND) await complete(program, rest, world);
    else await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return await reportFailure(thrown, { program, printed, world });
  }
}

interface Failure {
  readonly program: Command;
  readonly printed: readonly string[];
  readonly world: World;
}

async function reportFailure(thrown: unknown, { program, printed, world }: Failure): Promise<ExitCode> {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) {
    await write(world.stdout, printed.join(''));
    return EXIT_CODES.ok.code;
  }
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') {
    // A group of commands without one of them: its help is the answer, and an error for scripts.
    await write(world.stderr, printed.join(''));
    return EXIT_CODES.usage.code;
  }
  const { output, color } = program.opts<GlobalOptions>();
  const error = world.interrupt.aborted ? interruptedError() : errorOf(thrown);
  await write(world.stderr, renderError(error, output, color && takesColours(world.stderr, world.env)));
  return exitCodeOf(error);
}

// Help and errors are both kept back: only the end tells which stream they belong to.
function captureOutput(program: Command, printed: string[]): void {
  const keep = (text: string): void => {
    printed.push(text);
  };
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({ writeOut: keep, writeErr: keep, outputError: () => undefined });
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function errorOf(thrown: unknown): HeadframeError {
  return thrown instanceof CommanderError ? usageOf(thrown) : toHeadframeError(thrown);
}

/** Commander's `error: unknown option '--foo'\n(Did you mean --force?)` as an error like any other. */
function usageOf({ message }: CommanderError): HeadframeError {
  const [first = '', hint] = message.replace(/^error: /, '').split('\n');
  const remedy = hint === undefined ? 'Add --help to see what the command takes.' : hint.replace(/^\((.*)\)$/, '$1');
  return new HeadframeError({ code: 'invalid_argument', reason: 'usage', message: first, remedy });
}
