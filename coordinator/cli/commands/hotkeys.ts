import type { Command } from 'commander';
import {
  AddHotkeyResponseSchema,
  GetWalletResponseSchema,
  RemoveHotkeyResponseSchema,
} from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Wallet } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { walletFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addYesOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { newMnemonics } from '../mnemonics.js';
import type { View } from '../output/view.js';
import type { Runner } from '../runner.js';
import { requireOneStdin } from '../secret-input.js';
import { hotkeysView } from '../views/wallets.js';
import { called, stillUsed } from './wallet-calls.js';
import { withHandOver } from './wallet-create.js';
import { addImportOptions, addNewKeyOptions, mnemonicSource, readKeySource } from './wallet-keys.js';
import type { ImportOptions, NewKeyOptions } from './wallet-keys.js';

interface Placed {
  readonly namespace?: string;
}

const WALLET = ['<wallet>', 'name of the wallet'] as const;
const NAME = ['<name>', 'name of the hotkey'] as const;
const NAMESPACE = ['-n, --namespace <namespace>', 'where its secret is; else default'] as const;

/** `wallets hotkeys add|import|ls|rm`. */
export function addHotkeys(wallets: Command, run: Runner): void {
  const hotkeys = wallets
    .command('hotkeys')
    .description('Keep the keys that work: each is a secret, WALLET.NAME, that miners refer to.');
  const add = hotkeys
    .command('add')
    .description('Make a new hotkey; its mnemonic is made here and shown once.')
    .argument(...WALLET)
    .argument(...NAME)
    .option(...NAMESPACE);
  addNewKeyOptions(add).action(run(addHotkey));
  const imported = hotkeys
    .command('import')
    .description('Import a hotkey that is there, by default by its mnemonic.')
    .argument(...WALLET)
    .argument(...NAME)
    .option(...NAMESPACE);
  addImportOptions(imported).action(run(importHotkey));
  hotkeys
    .command('ls')
    .description('List the hotkeys of a wallet, their secrets and the miners that refer to them.')
    .argument(...WALLET)
    .action(run(listHotkeys));
  const remove = hotkeys
    .command('rm')
    .description(
      'Remove a hotkey and its secret; refused while miners refer to it or calls of it are under way. Asks first.',
    )
    .argument(...WALLET)
    .argument(...NAME)
    .option(
      '--force',
      'also while miners refer to it (what runs keeps its file, what starts anew waits) or calls of it are under way',
    );
  addYesOption(remove).action(run(removeHotkey));
}

type AddOptions = Placed & NewKeyOptions;

async function addHotkey(call: Invocation, wallet: string, name: string, options: AddOptions): Promise<void> {
  const { namespace = '', keyType, words, mnemonicOut } = options;
  const wallets = await called(call);
  const mnemonics = await newMnemonics([`hotkey ${wallet}/${name}`], words);
  const [mnemonic = ''] = mnemonics.values();
  const hotkey = { name, namespace, key: mnemonicSource(mnemonic, keyType) };
  const response = await withHandOver(call, mnemonics, mnemonicOut, () =>
    wallets.addHotkey({ wallet, hotkey }, call.callOptions),
  );
  await call.printer.message(AddHotkeyResponseSchema, response, () => saidOf(response.wallet, name, 'added'));
}

type ImportHotkeyOptions = Placed & ImportOptions;

async function importHotkey(
  call: Invocation,
  wallet: string,
  name: string,
  options: ImportHotkeyOptions,
): Promise<void> {
  requireOneStdin(options.mnemonicFile, options.seedFile, options.keyfile);
  const wallets = await called(call);
  const hotkey = { name, namespace: options.namespace ?? '', key: await readKeySource(call.world, options) };
  const response = await wallets.addHotkey({ wallet, hotkey }, call.callOptions);
  await call.printer.message(AddHotkeyResponseSchema, response, () => saidOf(response.wallet, name, 'imported'));
}

function saidOf(wallet: Wallet | undefined, name: string, what: string): View {
  const hotkey = wallet?.hotkeys.find((one) => one.name === name);
  if (wallet === undefined || hotkey === undefined) return [];
  const where = `secret ${hotkey.namespace}/${hotkey.secret}`;
  return [{ kind: 'text', text: `hotkey ${wallet.name}/${name} ${what}: ${hotkey.address}, ${where}` }];
}

async function listHotkeys(call: Invocation, name: string): Promise<void> {
  const { wallets } = await call.connect();
  const response = await wallets.getWallet({ name }, call.callOptions);
  await call.printer.message(GetWalletResponseSchema, response, (viewing) =>
    response.wallet === undefined ? [] : hotkeysView(walletFromWire(response.wallet), viewing),
  );
}

interface RemoveOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

async function removeHotkey(call: Invocation, wallet: string, name: string, options: RemoveOptions): Promise<void> {
  const { force = false, yes } = options;
  await confirm(
    call.world,
    `Remove the hotkey ${wallet}/${name}, whose key nobody brings back without its mnemonic`,
    yes,
  );
  const { wallets } = await call.connect();
  const response = await wallets.removeHotkey({ wallet, name, force }, call.callOptions);
  await call.printer.message(RemoveHotkeyResponseSchema, response, () => [
    { kind: 'text', text: `hotkey ${wallet}/${name} removed${stillUsed(response.miners)}` },
  ]);
}
