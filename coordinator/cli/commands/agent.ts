import type { Command } from 'commander';
import { SERVICE_VERBS } from '../../../common/service/service-words.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';

const COMMANDS = [
  ['start', 'Run the agent of this host until it is told to stop.'],
  ['join', 'Join a fleet by the line that token create prints; start the agent afterwards.'],
  ...SERVICE_VERBS,
  ['doctor', 'Check whether this host is fit to run an agent, with a remedy per finding.'],
  ['status', 'Show how the agent of this host stands.'],
] as const;

/** `agent start|join|doctor|status`, which are the agent's own program and parse their own flags. */
export const addAgent: Registrar = (program, run) => {
  const agent = program.command('agent').description("Run this host's agent, or ask about it.");
  for (const [name, description] of COMMANDS) {
    agent
      .command(name)
      .description(description)
      .usage('[flags of docs/configuration.md]')
      .argument('[flags...]', 'flags of the agent: docs/configuration.md')
      .allowUnknownOption()
      .helpOption(false)
      .action(
        run(async (call: Invocation, flags: readonly string[], _options: Command) => {
          call.exitCode = await call.world.programs.agent([name, ...flags]);
        }),
      );
  }
};
