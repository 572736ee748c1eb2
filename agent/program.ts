import { Command, CommanderError, Option } from 'commander';
import { INSECURE_LOOPBACK, loadAgentConfig, withInsecureLoopback } from '../common/config/index.js';
import type { AgentConfig, FlagValue } from '../common/config/index.js';
import { agentConfigSchema } from '../common/config/agent-config.js';
import { configFields, flagOf } from '../common/config/field-tree.js';
import { toHeadframeError } from '../common/model/error.js';
import { programVersion } from '../common/model/version.js';
import { JOIN_OPTION, JOIN_OPTIONS, joinRequestOf } from './commands/join-flags.js';
import { printFindings, printStatus } from './commands/print.js';
import { SERVICE_OPTIONS, SERVICE_VERBS } from '../common/service/service-words.js';
import { readStatus } from './status-socket.js';

/** Exit codes are those of the whole command line: docs/cli.md. */
const EXIT_OK = 0;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
const EXIT_UNAVAILABLE = 5;
/** The unit of systemd does not start an agent again that ended so. */
const EXIT_DENIED = 7;

/** What the program takes from its process. */
export interface AgentWorld {
  readonly env: NodeJS.ProcessEnv;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly nowMs: () => number;
}

/** Runs `headframe agent …` and resolves with its exit code. */
export async function runAgentProgram(argv: readonly string[], world: AgentWorld): Promise<number> {
  let code = EXIT_OK;
  const program = createProgram(world, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    return tell(error);
  }
}

function createProgram(world: AgentWorld, onCode: (code: number) => void): Command {
  const program = new Command('headframe agent')
    .description('The process on a host that runs its miners')
    .exitOverride();
  const start = withConfig(program.command('start').description('Run the agent until it is told to stop'));
  start.action(async (flags: Flags) => {
    const stop = new AbortController();
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      process.once(name, () => {
        stop.abort();
      });
    // Each command is loaded when it is to run: an agent lives for months and needs none but its own.
    const { startCommand } = await import('./commands/start.js');
    const load = (): AgentConfig => configOf(world, flags);
    await startCommand(load(), { version: programVersion(), load, ...world }, stop.signal);
  });
  const join = withConfig(
    program.command('join').description('Join a fleet by the line that headframe token create prints'),
  );
  for (const [flag, text] of JOIN_OPTIONS) join.option(flag, text);
  join.action(async (flags: Flags) => {
    const { joinCommand } = await import('./commands/join.js');
    process.stdout.write(`${await joinCommand(configOf(world, flags), joinRequestOf(flags))}\n`);
  });
  const doctor = withConfig(
    program.command('doctor').description('Check whether this host is fit, with a remedy per finding'),
  );
  doctor.action(async (flags: Flags) => {
    const { doctorCommand } = await import('./commands/doctor.js');
    const findings = await doctorCommand(configOf(world, flags));
    process.stdout.write(flags['output'] === 'json' ? `${JSON.stringify(findings)}\n` : printFindings(findings));
    onCode(findings.some(({ status }) => status === 'problem') ? EXIT_FAILURE : EXIT_OK);
  });
  const status = withConfig(program.command('status').description('Show how the agent on this host stands'));
  status.action(async (flags: Flags) => {
    const answer = await readStatus(configOf(world, flags).dataDir);
    process.stdout.write(
      flags['output'] === 'json' ? `${JSON.stringify(answer)}\n` : printStatus(answer, world.nowMs()),
    );
  });
  addServiceCommands(program);
  for (const command of [doctor, status])
    command.addOption(new Option('-o, --output <form>').choices(['text', 'json']).default('text'));
  return program;
}

/** `install|upgrade|uninstall`. */
function addServiceCommands(program: Command): void {
  for (const [verb, description] of SERVICE_VERBS) {
    const command = program.command(verb).description(description);
    for (const field of FIELDS) command.option(`${flagOf(field)} <value>`, field.description);
    command.option(INSECURE_LOOPBACK.flag, INSECURE_LOOPBACK.text);
    for (const [flag, text] of SERVICE_OPTIONS) command.option(flag, text);
    if (verb !== 'uninstall') for (const [flag, text] of [JOIN_OPTION, ...JOIN_OPTIONS]) command.option(flag, text);
    command.action(async (flags: Flags) => {
      const { serviceCommand } = await import('./service/service.js');
      await serviceCommand(verb, givenOf(flags), flags);
    });
  }
}

type Flags = Readonly<Record<string, FlagValue | undefined>>;

const FIELDS = configFields(agentConfigSchema);

/** Gives a command a flag for each setting. */
function withConfig(command: Command): Command {
  command.option('--config <file>', 'YAML file; /etc/headframe/agent.yaml when it is there');
  for (const field of FIELDS) command.option(`${flagOf(field)} <value>`, field.description);
  return command.option(INSECURE_LOOPBACK.flag, INSECURE_LOOPBACK.text);
}

function configOf(world: AgentWorld, flags: Flags): AgentConfig {
  const file = flags['config'];
  return loadAgentConfig({
    file: typeof file === 'string' ? file : undefined,
    env: world.env,
    flags: givenOf(flags),
  });
}

/** Settings that were given, by the path of their field. */
function givenOf(flags: Flags): Flags {
  const given = Object.fromEntries(FIELDS.map((field) => [field.path, flags[camelCase(flagOf(field))]] as const));
  return withInsecureLoopback(given, flags['insecureLoopback'] === true);
}

/** Commander's name for a flag's value. */
function camelCase(flag: string): string {
  return flag.replace(/^--/, '').replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function tell(thrown: unknown): number {
  const error = toHeadframeError(thrown);
  const lines = [`error: ${error.message}`];
  for (const { document, path, value, expected, remedy } of error.violations) {
    const where = [document, path].filter((part) => part !== undefined && part !== '').join(' ');
    const got = value === undefined ? '' : `, got ${value}`;
    lines.push(`  ${where}: expected ${expected}${got}${remedy === undefined ? '' : `. ${remedy}`}`);
  }
  if (error.remedy !== undefined) lines.push(`remedy: ${error.remedy}`);
  process.stderr.write(`${lines.join('\n')}\n`);
  if (error.code === 'invalid_argument') return EXIT_USAGE;
  if (error.code === 'unauthenticated' || error.code === 'permission_denied') return EXIT_DENIED;
  return error.code === 'unavailable' ? EXIT_UNAVAILABLE : EXIT_FAILURE;
}
