import { Argument, Option } from 'commander';
import { ListUsageResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ListUsageResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { hostFromWire, hostUsageFromWire, instanceUsageFromWire } from '../../../common/wire/client.js';
import { untilInterrupted } from '../follow.js';
import { durationArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { listHosts } from '../lists.js';
import type { View, Viewing } from '../output/view.js';
import type { Registrar } from '../runner.js';
import { topHostsView, topInstancesView } from '../views/usage.js';
import type { HostUse } from '../views/usage.js';
import { hostNamed } from './find-host.js';

/** Moves the cursor home and clears what is below it. */
const CLEAR = '\u001B[H\u001B[J';

interface TopOptions {
  readonly watch?: boolean;
  readonly interval: number;
  readonly miner?: string;
  readonly host?: string;
}

/** `top`. */
export const addTop: Registrar = (program, run) => {
  program
    .command('top')
    .description('Show what hosts or instances really use, busiest first.')
    .addArgument(new Argument('[what]', 'whose usage').choices(['hosts', 'instances']).default('hosts'))
    .option('-w, --watch', 'show it anew again and again, until Ctrl-C')
    .addOption(
      new Option('--interval <duration>', 'time between two looks with --watch')
        .argParser(durationArgument)
        .default(2000, '2s'),
    )
    .option('--miner <miner>', 'only instances of this miner')
    .option('--host <host>', 'only this host and its instances, by name or id')
    .action(run((call, what: 'hosts' | 'instances', options: TopOptions) => top(call, what, options)));
};

async function top(call: Invocation, what: 'hosts' | 'instances', options: TopOptions): Promise<void> {
  const { watch = false, interval, miner = '', host } = options;
  const hostId = host === undefined ? '' : (await hostNamed(call, host)).id;
  const look = what === 'hosts' ? lookAtHosts : lookAtInstances;
  await untilInterrupted(call, watch, async () => {
    for (;;) {
      const { response, view } = await look(call, { hostId, miner });
      if (watch && call.printer.forPeople && call.world.stdout.isTTY === true) await call.printer.text(CLEAR);
      await call.printer.message(ListUsageResponseSchema, response, view);
      if (!watch) return;
      await call.world.clock.sleep(interval, call.signal);
    }
  });
}

interface Look {
  readonly response: ListUsageResponse;
  readonly view: (viewing: Viewing) => View;
}

interface UsageFilter {
  readonly hostId: string;
  readonly miner: string;
}

async function lookAtHosts(call: Invocation, filter: UsageFilter): Promise<Look> {
  const { fleet } = await call.connect();
  const response = await fleet.listUsage(filter, call.callOptions);
  const usages = new Map(response.hosts.map(({ hostId, usage }) => [hostId, usage]));
  const { hosts } = await listHosts(call);
  const shown = hosts
    .filter(({ id }) => filter.hostId === '' || id === filter.hostId)
    .map((host): HostUse => {
      const usage = usages.get(host.id);
      return { host: hostFromWire(host), usage: usage && hostUsageFromWire(usage) };
    });
  return { response, view: (viewing) => topHostsView(shown, viewing) };
}

async function lookAtInstances(call: Invocation, filter: UsageFilter): Promise<Look> {
  const { fleet } = await call.connect();
  const response = await fleet.listUsage(filter, call.callOptions);
  const shown = response.instances.flatMap(({ instanceId, hostId, usage }) =>
    usage === undefined ? [] : [{ instanceId, hostId, usage: instanceUsageFromWire(usage) }],
  );
  return { response, view: (viewing) => topInstancesView(shown, viewing) };
}
