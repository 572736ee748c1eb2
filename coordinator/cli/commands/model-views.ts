import type { Command } from 'commander';
import { ListMinersResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { minerFromWire } from '../../../common/wire/client.js';
import { addWaitOptions, namespaceOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { listMiners } from '../lists.js';
import type { Runner } from '../runner.js';
import { modelsView } from '../views/models.js';
import { revisionArgument, rollbackMiner } from './miner-rollout.js';
import type { RollbackOptions } from './miner-rollout.js';
import { showMiner } from './miner-views.js';

/** `models ls|show|rollback`. */
export function addModelViews(models: Command, run: Runner): void {
  models
    .command('ls')
    .description('List models: what they are built of, and how they stand.')
    .addOption(namespaceOption())
    .action(run((call, options: { readonly namespace?: string }) => listModels(call, options.namespace)));
  models
    .command('show')
    .description('Show a model, its instances and why they are as they are.')
    .argument('<name>', 'name of the miner')
    .action(run((call, name: string) => showMiner(call, name, {})));
  const rollback = models
    .command('rollback')
    .description('Go back to an earlier revision, as headframe miners rollback does: what it was built of is kept.')
    .argument('<name>', 'name of the miner')
    .option('--to <revision>', 'one of its history; else the newest good one before the present', revisionArgument);
  addWaitOptions(rollback, 'all run it').action(
    run((call, name: string, options: RollbackOptions) => rollbackMiner(call, name, options)),
  );
}

async function listModels(call: Invocation, namespace: string | undefined): Promise<void> {
  const response = await listMiners(call, undefined, namespace);
  const models = { ...response, miners: response.miners.filter(({ spec }) => spec?.kind === 'model') };
  await call.printer.message(ListMinersResponseSchema, models, (viewing) =>
    modelsView(models.miners.map(minerFromWire), viewing),
  );
}
