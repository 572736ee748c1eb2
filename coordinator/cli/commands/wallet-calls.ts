import { Option } from 'commander';
import type { Wallet, WalletService } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Client } from '../../../common/rpc/index.js';
import { walletFromWire } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import type { View } from '../output/view.js';

/** The service of wallets, for what carries keys: not in clear. Throws `HeadframeError` (failed_precondition, 'secrets_need_tls'). */
export async function called(call: Invocation): Promise<Client<typeof WalletService>> {
  const { target, wallets } = await call.connect();
  if (!target.insecureLoopback) return wallets;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'secrets_need_tls',
    message: 'keys are not sent in clear',
    remedy: 'Start the coordinator with mutual TLS: without --insecure-loopback.',
  });
}

/** `--passphrase-file`. */
export function passphraseOption(): Option {
  return new Option('--passphrase-file <file|->', 'file that holds the passphrase; else it is asked for');
}

/** What is said of a wallet that was made. */
export function said(what: string, wallet: Wallet | undefined): View {
  if (wallet === undefined) return [];
  const { name, custody, address, hotkeys } = walletFromWire(wallet);
  const keys = hotkeys.map((hotkey) => `, hotkey ${hotkey.name} ${hotkey.address}`).join('');
  return [{ kind: 'text', text: `wallet ${name} ${what} (${custody}): ${address}${keys}` }];
}

/** What is said of miners that refer to what has gone. */
export function stillUsed(miners: readonly string[]): string {
  if (miners.length === 0) return '';
  return `; ${miners.slice(0, 5).join(', ')} still refer to it: what runs keeps its file until it ends, what starts anew waits`;
}
