import type { Command } from 'commander';
import { create } from '@bufbuild/protobuf';
import { HostSchema } from '../../../common/gen/headframe/v1/host_pb.js';
import { RebootHostResponseSchema } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { hostFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { maintenanceView, rebootView } from '../views/host-upkeep.js';
import { hostNamed } from './find-host.js';

interface MaintenanceOptions {
  readonly window?: readonly string[];
  readonly clear?: boolean;
}

interface RebootOptions {
  readonly plan?: boolean;
  readonly yes?: boolean;
}

/** `hosts maintenance|reboot`. */
export function addUpkeep(hosts: Command, run: Runner): void {
  hosts
    .command('maintenance')
    .description('Show or set the maintenance windows of a host; in each it is emptied, and returns by itself.')
    .argument('<host>', 'name or id of the host')
    .option(
      '--window <window>',
      'weekly, such as "Sat 02:00-04:00 UTC"; may be repeated, replaces those before',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--clear', 'leave it without windows')
    .action(run((call, host: string, options: MaintenanceOptions) => maintenance(call, host, options)));
  const reboot = hosts
    .command('reboot')
    .description('Empty a host, have its agent reboot the machine, and let it return. Asks first.')
    .argument('<host>', 'name or id of the host')
    .option('--plan', 'only tell what would happen');
  addYesOption(reboot).action(run((call, host: string, options: RebootOptions) => rebootHost(call, host, options)));
}

async function maintenance(call: Invocation, name: string, { window, clear }: MaintenanceOptions): Promise<void> {
  if (window !== undefined && clear === true)
    throw usageError('option_conflict', '--window and --clear exclude each other', 'Give one of them.');
  const host =
    window === undefined && clear !== true ? await hostNamed(call, name) : await setWindows(call, name, window ?? []);
  await call.printer.message(HostSchema, host, (viewing) => maintenanceView(hostFromWire(host), viewing));
}

async function setWindows(call: Invocation, host: string, windows: readonly string[]) {
  const { hosts } = await call.connect();
  const changed = await hosts.setHostMaintenance({ host, windows: [...windows] }, call.callOptions);
  return changed.host ?? create(HostSchema);
}

async function rebootHost(call: Invocation, name: string, { plan = false, yes }: RebootOptions): Promise<void> {
  const { hosts } = await call.connect();
  const planned = await hosts.rebootHost({ host: name, plan: true }, call.callOptions);
  if (!plan)
    await confirm(call.world, `Empty host ${name} of ${String(planned.instances)} instances and reboot it`, yes);
  const answer = plan ? planned : await hosts.rebootHost({ host: name, plan: false }, call.callOptions);
  await call.printer.message(RebootHostResponseSchema, answer, () => rebootView(answer, plan));
}
