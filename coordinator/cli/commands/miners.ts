import { Option } from 'commander';
import { addWaitOptions, countArgument, namespaceOption, pairArgument, timeoutOption } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Registrar, Runner } from '../runner.js';
import type { Command } from 'commander';
import { WANTED } from '../wait/goal.js';
import type { Wanted } from '../wait/goal.js';
import { restartMiner, scaleMiner, stopMiners, waitForMiners } from './miner-changes.js';
import { addRollout } from './miner-rollout.js';
import { listMinersCommand, showMiner } from './miner-views.js';
import type { MinersListOptions, ShowOptions } from './miner-views.js';

/** `miners ls|show|scale|restart|stop|wait`, and what has to do with rollouts. */
export const addMiners: Registrar = (program, run) => {
  const miners = program.command('miners').description('Look at miners and change how many run.');
  addReading(miners, run);
  addChanging(miners, run);
  addRollout(miners, run);
};

function addReading(miners: Command, run: Runner): void {
  miners
    .command('ls')
    .description('List miners: how each stands, and why what waits does.')
    .option('-l, --label <key=value>', 'only with this label; may be repeated', pairArgument)
    .addOption(namespaceOption())
    .option('--manifest', 'print their manifests, ready to be applied again')
    .action(run((call, options: MinersListOptions) => listMinersCommand(call, options)));
  miners
    .command('show')
    .description('Show all of a miner: counts, why, instances and manifest.')
    .argument('<miner>', 'name of the miner')
    .option('--manifest', 'print its manifest alone, ready to be edited and applied again')
    .action(run((call, name: string, options: ShowOptions) => showMiner(call, name, options)));
}

function addChanging(miners: Command, run: Runner): void {
  const scale = miners
    .command('scale')
    .description('Set the number of replicas; starts a stopped miner.')
    .argument('<miner>', 'name of the miner')
    .argument('<replicas>', 'wanted number of running instances', countArgument);
  addWaitOptions(scale, 'all of them run').action(
    run((call, name: string, replicas: number, options: WaitOptions) => scaleMiner(call, { name, replicas }, options)),
  );
  const restart = miners
    .command('restart')
    .description('Replace the instances a few at a time; starts a stopped miner.')
    .argument('<miner>', 'name of the miner');
  addWaitOptions(restart, 'all have been replaced and run').action(
    run((call, name: string, options: WaitOptions) => restartMiner(call, name, options)),
  );
  const stop = miners
    .command('stop')
    .description('Stop all instances and keep the miner; restart or scale starts it again.')
    .argument('<miner...>', 'names of miners');
  addWaitOptions(stop, 'all have stopped').action(
    run((call, names: readonly string[], options: WaitOptions) => stopMiners(call, names, options)),
  );
  miners
    .command('wait')
    .description('Wait until miners are in a state; says why they are not when it gives up.')
    .argument('<miner...>', 'names of miners')
    .addOption(new Option('--for <state>', 'state to wait for').choices(WANTED).default('running'))
    .addOption(timeoutOption())
    .action(
      run((call, names: readonly string[], options: WaitOptions & { readonly for: Wanted }) =>
        waitForMiners(call, names, { wanted: options.for, timeoutMs: options.timeout }),
      ),
    );
}
