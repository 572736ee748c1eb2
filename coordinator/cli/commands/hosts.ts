import type { Command } from 'commander';
import { addWaitOptions, addYesOption, pairArgument } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Registrar, Runner } from '../runner.js';
import { cordonHost, drainHost, labelHost, releaseBrake, removeHost, uncordonHost } from './host-changes.js';
import type { ReleaseOptions, RemoveOptions } from './host-changes.js';
import { addUpkeep } from './host-upkeep.js';
import { listHostsCommand, showHost } from './host-views.js';
import type { HostsListOptions } from './host-views.js';

const HOST = ['<host>', 'name or id of the host'] as const;

/** `hosts ls|show|label|cordon|uncordon|drain|rm|maintenance|reboot|brake`. */
export const addHosts: Registrar = (program, run) => {
  const hosts = program.command('hosts').description('Look at hosts and steer what runs on them.');
  addReading(hosts, run);
  addSteering(hosts, run);
  addUpkeep(hosts, run);
  addBrake(hosts, run);
};

function addReading(hosts: Command, run: Runner): void {
  hosts
    .command('ls')
    .description('List hosts with their state and capacity.')
    .option('-l, --label <key=value>', 'only with this label; may be repeated', pairArgument)
    .action(run((call, options: HostsListOptions) => listHostsCommand(call, options)));
  hosts
    .command('show')
    .description('Show all of a host.')
    .argument(...HOST)
    .action(run((call, host: string) => showHost(call, host)));
}

function addSteering(hosts: Command, run: Runner): void {
  hosts
    .command('label')
    .description('Set labels with key=value and remove them with key-.')
    .argument(...HOST)
    .argument('<label...>', 'key=value or key-')
    .action(run((call, host: string, labels: readonly string[]) => labelHost(call, host, labels)));
  hosts
    .command('cordon')
    .description('Let nothing new come to a host; what runs stays.')
    .argument(...HOST)
    .option('--reason <text>', 'why, for people', '')
    .action(run((call, host: string, { reason }: { reason: string }) => cordonHost(call, host, reason)));
  hosts
    .command('uncordon')
    .description('Let new instances come again; also ends a drain.')
    .argument(...HOST)
    .action(run((call, host: string) => uncordonHost(call, host)));
  const drain = hosts
    .command('drain')
    .description('Cordon a host and move away what runs on it.')
    .argument(...HOST)
    .option('--reason <text>', 'why, for people', '');
  addWaitOptions(drain, 'it is empty').action(
    run((call, host: string, options: WaitOptions & { reason: string }) => drainHost(call, host, options)),
  );
  const remove = hosts
    .command('rm')
    .description('Remove a host from the fleet; refused while instances live on it. Asks first.')
    .argument(...HOST)
    .option('--force', 'also with live instances, which are marked lost and replaced');
  addYesOption(remove).action(run((call, host: string, options: RemoveOptions) => removeHost(call, host, options)));
}

function addBrake(hosts: Command, run: Runner): void {
  const brake = hosts
    .command('brake')
    .description('The brake that holds replacement while many hosts are silent at once; headframe status shows it.');
  const release = brake
    .command('release')
    .description('Give the silent hosts up: what ran on them is replaced. Asks first.');
  addYesOption(release).action(run((call, options: ReleaseOptions) => releaseBrake(call, options)));
}
