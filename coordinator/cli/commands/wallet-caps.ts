import type { Command } from 'commander';
import {
  GetWalletResponseSchema,
  SetWalletCapsResponseSchema,
} from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Wallet } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { walletFromWire } from '../../../common/wire/client.js';
import { planckIn, tokenOf } from '../amounts.js';
import type { Invocation } from '../invocation.js';
import type { View } from '../output/view.js';
import type { Runner } from '../runner.js';
import { usageError } from '../usage-error.js';
import { capsView } from '../views/wallets.js';

interface CapsOptions {
  readonly network?: string;
  readonly perCall?: string;
  readonly perDay?: string;
  readonly none?: boolean;
}

/** `wallets caps`. */
export function addCaps(wallets: Command, run: Runner): void {
  wallets
    .command('caps')
    .description('Say what a wallet and its hotkeys may spend on a network, or show what they may and have.')
    .argument('<name>', 'name of the wallet')
    .option('--network <network>', 'where it may spend that')
    .option('--per-call <amount>', 'the most that one call may cost, fee and tip included')
    .option('--per-day <amount>', 'the most that all calls of any 24 hours may cost')
    .option('--none', 'let it spend nothing there')
    .action(run(caps));
}

async function caps(call: Invocation, name: string, options: CapsOptions): Promise<void> {
  const { wallets } = await call.connect();
  const wish = await wishOf(call, options);
  if (wish === undefined) {
    const response = await wallets.getWallet({ name }, call.callOptions);
    return call.printer.message(GetWalletResponseSchema, response, () => viewOf(response.wallet));
  }
  const response = await wallets.setWalletCaps({ name, ...wish }, call.callOptions);
  return call.printer.message(SetWalletCapsResponseSchema, response, () => viewOf(response.wallet));
}

/** Undefined where they are only to be shown. */
async function wishOf(call: Invocation, { network, perCall, perDay, none = false }: CapsOptions) {
  const given = [perCall, perDay].filter((amount) => amount !== undefined);
  if (network === undefined && given.length === 0 && !none) return undefined;
  if (network === undefined || given.length !== (none ? 0 : 2))
    throw usageError('caps_options', 'expected --network with either --per-call and --per-day, or --none');
  if (perCall === undefined || perDay === undefined) return { network, perCallPlanck: '', perDayPlanck: '' };
  const token = await tokenOf(call, network);
  return {
    network,
    perCallPlanck: planckIn(perCall, '--per-call', token),
    perDayPlanck: planckIn(perDay, '--per-day', token),
  };
}

function viewOf(wallet: Wallet | undefined): View {
  return wallet === undefined ? [] : capsView(walletFromWire(wallet));
}
