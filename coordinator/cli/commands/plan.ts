import { PlanMinersResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { minerSpecToWire } from '../../../common/wire/client.js';
import { EXIT_CODES } from '../exit-codes.js';
import { fileOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { readManifests } from '../manifests.js';
import type { Registrar } from '../runner.js';
import { hasChanges, planView } from '../views/plan.js';

interface PlanOptions {
  readonly file: readonly string[];
  readonly exitCode?: boolean;
}

/** `plan`. */
export const addPlan: Registrar = (program, run) => {
  program
    .command('plan')
    .description(
      'Tell what apply would do, without doing it: placements by host, what would wait and why, what would stop.',
    )
    .addOption(fileOption().makeOptionMandatory())
    .option('--exit-code', 'end with 10 when there would be changes')
    .action(run(planManifests));
};

async function planManifests(call: Invocation, { file, exitCode }: PlanOptions): Promise<void> {
  const specs = await readManifests(file, call.world);
  const { fleet } = await call.connect();
  const response = await fleet.planMiners({ miners: specs.map(minerSpecToWire) }, call.callOptions);
  await call.printer.message(PlanMinersResponseSchema, response, () => planView(response));
  if (exitCode === true && hasChanges(response.plans)) call.exitCode = EXIT_CODES.changes.code;
}
