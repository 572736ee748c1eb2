import type { Command } from 'commander';
import { coordinatorConfigSchema, loadCoordinatorConfig } from '../../../common/config/coordinator-config.js';
import type { CoordinatorConfig } from '../../../common/config/coordinator-config.js';
import { configFields, flagOf } from '../../../common/config/field-tree.js';
import { withInsecureLoopback } from '../../../common/config/index.js';
import type { FlagValue } from '../../../common/config/index.js';
import { SERVICE_OPTIONS, SERVICE_VERBS } from '../../../common/service/service-words.js';
import type { GlobalOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { addCoordinators } from './coordinators.js';

const FIELDS = configFields(coordinatorConfigSchema);

/** Values of flags by commander's names for them. */
export type ConfigFlags = Readonly<Record<string, FlagValue | undefined>>;

/** `coordinator start|ls|add|remove|step-down`, and as a service. */
export const addCoordinator: Registrar = (program, run) => {
  const coordinator = program
    .command('coordinator')
    .description('Run the coordinator of a fleet, and see which of several leads.');
  const start = addConfigOption(coordinator.command('start')).description(
    'Run the coordinator until it is told to stop.',
  );
  for (const field of FIELDS) start.option(`${flagOf(field)} <value>`, field.description);
  start.action(
    run(async (call: Invocation, flags: ConfigFlags) => {
      const load = (): CoordinatorConfig => configOf(call, flags);
      call.exitCode = await call.world.programs.coordinator(load(), load, call.signal);
    }),
  );
  addCoordinators(coordinator, run);
  for (const [verb, description] of SERVICE_VERBS) {
    const command = coordinator.command(verb).description(description);
    for (const field of FIELDS) command.option(`${flagOf(field)} <value>`, field.description);
    for (const [flag, text] of SERVICE_OPTIONS) command.option(flag, text);
    command.action(
      run(async ({ world, globals }: Invocation, flags: ConfigFlags) => {
        const { serviceCommand } = await import('../service.js');
        await serviceCommand(verb, givenOf(flags, globals), flags, (line) => world.stdout.write(`${line}\n`));
      }),
    );
  }
};

/** `--config` of commands that go by the coordinator's configuration. */
export function addConfigOption(command: Command): Command {
  return command.option('--config <file>', 'YAML file; /etc/headframe/coordinator.yaml when it is there');
}

/** The coordinator's configuration by file, environment and these flags. Throws HeadframeError (invalid_argument). */
export function configOf({ world, globals }: Invocation, flags: ConfigFlags): CoordinatorConfig {
  const file = flags['config'];
  return loadCoordinatorConfig({
    file: typeof file === 'string' ? file : undefined,
    env: world.env,
    flags: givenOf(flags, globals),
  });
}

/** Settings that were given, by the path of their field. */
function givenOf(flags: ConfigFlags, { insecureLoopback = false }: GlobalOptions): ConfigFlags {
  const given = Object.fromEntries(FIELDS.map((field) => [field.path, flags[camelCase(flagOf(field))]] as const));
  return withInsecureLoopback(given, insecureLoopback);
}

/** Commander's name for a flag's value. */
function camelCase(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
