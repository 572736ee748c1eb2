import type { Command } from 'commander';
import type { Invocation } from '../invocation.js';
import { addPayingOptions, payBy } from '../paying.js';
import type { PayingOptions } from '../paying.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { replyOf } from './stake-paying.js';

interface NominateOptions extends PayingOptions {
  readonly none?: boolean;
}

const NETWORK = ['<network>', 'name of the network'] as const;

/** Adds `stake withdraw|nominate`, for chains whose stake is bonds. */
export function addStakeBonds(stake: Command, run: Runner): void {
  const withdrawing = stake
    .command('withdraw')
    .description('Take back what was unbonded and is free by now.')
    .argument(...NETWORK);
  addPayingOptions(withdrawing).action(run(withdraw));
  const nominating = stake
    .command('nominate')
    .description('Have a bond nominate these validators, in the place of those before.')
    .argument(...NETWORK)
    .argument('[validators...]', 'their addresses')
    .option('--none', 'nobody any more, which ends validating, too');
  addPayingOptions(nominating).action(run(nominate));
}

async function withdraw(call: Invocation, network: string, options: PayingOptions): Promise<void> {
  await payBy(call, network, options, async ({ stake }, pay) =>
    replyOf(await stake.withdrawStake({ network, pay }, call.callOptions)),
  );
}

async function nominate(
  call: Invocation,
  network: string,
  validators: readonly string[],
  options: NominateOptions,
): Promise<void> {
  if ((validators.length === 0) !== (options.none === true))
    throw usageError(
      'validators_missing',
      'expected either validators or --none',
      'Name validators by their addresses.',
    );
  await payBy(call, network, options, async ({ stake }, pay) =>
    replyOf(await stake.nominate({ network, validators: [...validators], pay }, call.callOptions)),
  );
}
