import type { Command } from 'commander';
import { ListStakeResponseSchema } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { countArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { usageError } from '../usage-error.js';
import { stakeView } from '../views/stake.js';
import { addStakeBonds } from './stake-bonds.js';
import { addStakePaying } from './stake-paying.js';
import { addStakePolicies } from './stake-policies.js';

interface ShowOptions {
  readonly wallet?: string;
  readonly coldkey?: string;
  readonly hotkey?: string;
  readonly netuid?: number;
}

/** `stake show|add|remove|move|withdraw|nominate`, and `stake policy`. */
export const addStake: Registrar = (program, run) => {
  const stake = program
    .command('stake')
    .description('See what is staked on hotkeys and what it is worth, stake, and say what stakes are to be.');
  addShow(stake).action(run(show));
  addStakePaying(stake, run);
  addStakeBonds(stake, run);
  addStakePolicies(stake, run);
};

function addShow(stake: Command): Command {
  return stake
    .command('show')
    .description(
      'Show the stake of a wallet or coldkey: on which hotkeys, in which subnets, and what it would give if sold; or its bond.',
    )
    .argument('<network>', 'name of the network')
    .option('--wallet <name>', 'of this wallet, or of the coldkey that it is a proxy of')
    .option('--coldkey <address>', 'of this address')
    .option('--hotkey <hotkey>', 'only on this: wallet/hotkey, a hotkey of the wallet, or an address')
    .option('--netuid <netuid>', 'only in this subnet', countArgument);
}

async function show(call: Invocation, network: string, options: ShowOptions): Promise<void> {
  const { wallet, coldkey, hotkey = '', netuid } = options;
  if ((wallet === undefined) === (coldkey === undefined))
    throw usageError(
      'owner_missing',
      'expected either --wallet or --coldkey',
      'Name a wallet, or a coldkey’s address.',
    );
  const owner =
    coldkey === undefined
      ? ({ case: 'wallet', value: wallet ?? '' } as const)
      : ({ case: 'coldkey', value: coldkey } as const);
  const { stake } = await call.connect();
  const request = { network, owner, hotkey, ...(netuid === undefined ? {} : { netuid }) };
  const response = await stake.listStake(request, call.callOptions);
  await call.printer.message(ListStakeResponseSchema, response, (viewing) => stakeView(response, viewing));
}
