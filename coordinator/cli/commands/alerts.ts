import { GetAlertsResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { EXIT_CODES } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { alertsView, trialsView } from '../views/alerts.js';
import { addConfigOption, configOf } from './coordinator.js';

/** `alerts …`; `test` on the machine of the coordinator. */
export const addAlerts: Registrar = (program, run) => {
  const alerts = program.command('alerts').description('See to it that somebody is told when something is wrong.');
  alerts
    .command('ls')
    .description('List what is wrong and who knows of it, where alerts go, what was told last, and what is looked for.')
    .action(run(list));
  addConfigOption(alerts.command('test'))
    .description(
      "Send a test to every target of the coordinator's configuration and tell what failed and why. Asks no coordinator.",
    )
    .action(run((call, options: { readonly config?: string }) => test(call, options)));
};

async function list(call: Invocation): Promise<void> {
  const { fleet } = await call.connect();
  const response = await fleet.getAlerts({}, call.callOptions);
  await call.printer.message(GetAlertsResponseSchema, response, (viewing) => alertsView(response, viewing));
}

async function test(call: Invocation, { config }: { readonly config?: string }): Promise<void> {
  // Other commands need none of it.
  const { tryTargets } = await import('../../alerts/index.js');
  const { silentLogger } = await import('../../../common/observe/logger.js');
  const read = configOf(call, { config });
  const trials = await tryTargets(read, { clock: call.world.clock, logger: silentLogger }, call.signal);
  if (trials.length === 0) throw noTarget();
  await call.printer.plain(
    () => ({ targets: trials }),
    ({ wide }) => trialsView(trials, wide),
  );
  if (trials.some(({ delivery }) => delivery.kind === 'failed')) call.exitCode = EXIT_CODES.failed.code;
}

function noTarget(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'alert_no_target',
    message: 'nobody is told of alerts',
    remedy: "Set alerts.webhook.url, alerts.email.host or alerts.nats in the coordinator's configuration.",
  });
}
