import { Option } from 'commander';
import type { Command } from 'commander';
import { INSTANCE_STATES } from '../../../common/model/instance.js';
import { countArgument, namespaceOption } from '../global-options.js';
import type { Registrar, Runner } from '../runner.js';
import { execInInstance } from './instance-exec.js';
import { printLogs } from './instance-logs.js';
import type { LogsOptions } from './instance-logs.js';
import { listInstancesCommand, showInstance } from './instance-views.js';
import type { InstancesListOptions } from './instance-views.js';
import type { CommandOptions } from './remote-command.js';

/** `instances ls|show|logs|exec`. */
export const addInstances: Registrar = (program, run) => {
  const instances = program.command('instances').description('Look at instances, their output, and into them.');
  addReading(instances, run);
  addAttaching(instances, run);
};

function addReading(instances: Command, run: Runner): void {
  const states = new Option('--state <state...>', 'only in these states').choices(INSTANCE_STATES);
  instances
    .command('ls')
    .description('List live instances.')
    .option('--miner <miner>', 'only of this miner')
    .option('--host <host>', 'only on this host, by name or id')
    .addOption(namespaceOption())
    .addOption(states)
    .option('-a, --all', 'also those that have ended and are still kept')
    .action(run((call, options: InstancesListOptions) => listInstancesCommand(call, options)));
  instances
    .command('show')
    .description('Show all of an instance: state and why, ports, progress of its image, usage.')
    .argument('<instance>', 'id of the instance, or a miner that has one alone')
    .action(run((call, id: string) => showInstance(call, id)));
}

function addAttaching(instances: Command, run: Runner): void {
  instances
    .command('logs')
    .description('Print the output of an instance, ended ones included while they are kept.')
    .argument('<instance>', 'id of the instance, or a miner that has one alone')
    .option('-f, --follow', 'go on until it ends or Ctrl-C')
    .option('-n, --tail <lines>', 'begin with the last lines', countArgument)
    .option('--since <time>', 'begin at a time, such as 2026-01-31T12:00:00Z, or 10m ago')
    .option('-t, --timestamps', 'put the time before each line')
    .action(run((call, id: string, options: LogsOptions) => printLogs(call, id, options)));
  instances
    .command('exec')
    .description("Run a command inside an instance; ends with the command's own exit code.")
    .argument('<instance>', 'id of the instance, or a miner that has one alone')
    .argument('<command...>', 'the command, after -- when it has options of its own')
    .option('-i, --stdin', 'hand stdin on')
    .option('-t, --tty', 'give it a terminal')
    .action(
      run((call, id: string, command: readonly string[], options: CommandOptions) =>
        execInInstance(call, { id, command }, options),
      ),
    );
}
