import { Option } from 'commander';
import type { Command } from 'commander';
import {
  CreateWalletResponseSchema,
  ExportWalletResponseSchema,
  GetWalletResponseSchema,
  ListWalletsResponseSchema,
  LockWalletResponseSchema,
  RemoveWalletResponseSchema,
  UnfreezeWalletResponseSchema,
  UnlockWalletResponseSchema,
} from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { walletFromWire } from '../../../common/wire/client.js';
import { confirm } from '../confirm.js';
import { addYesOption, durationArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { readNewSecret, readSecret, requireOneStdin } from '../secret-input.js';
import { walletView, walletsView } from '../views/wallets.js';
import { addHotkeys } from './hotkeys.js';
import { addCaps } from './wallet-caps.js';
import { called, passphraseOption, said, stillUsed } from './wallet-calls.js';
import { addCreate } from './wallet-create.js';
import { addImportOptions, readKeySource } from './wallet-keys.js';
import type { ImportOptions } from './wallet-keys.js';

interface PassphraseOptions {
  readonly passphraseFile?: string;
}

const NAME = ['<name>', 'name of the wallet'] as const;
const ONE_HOUR_MS = 3_600_000;

/** `wallets create|import|ls|show|unlock|lock|unfreeze|export|caps|rm`, and `wallets hotkeys`. */
export const addWallets: Registrar = (program, run) => {
  const wallets = program
    .command('wallets')
    .description('Keep the keys that pay and the hotkeys that work: keys go in, sign, and are never shown.');
  addCreate(wallets, run);
  addImport(wallets).action(run(importWallet));
  wallets.command('ls').description('List wallets: whose keys they are and how they stand.').action(run(listWallets));
  wallets
    .command('show')
    .description('Show a wallet: its address, public key and hotkeys.')
    .argument(...NAME)
    .action(run(showWallet));
  wallets
    .command('unlock')
    .description('Open the key of a wallet in the memory of the coordinator, to sign for a time.')
    .argument(...NAME)
    .addOption(
      new Option('--for <duration>', 'how long, at most 24h').argParser(durationArgument).default(ONE_HOUR_MS, '1h'),
    )
    .addOption(passphraseOption())
    .action(run(unlockWallet));
  wallets
    .command('lock')
    .description('Forget the opened key of a wallet at once.')
    .argument(...NAME)
    .action(run(lockWallet));
  const unfreeze = wallets
    .command('unfreeze')
    .description(
      'Let a wallet sign again that was frozen because somebody changed or disputed its coldkey. Asks first.',
    )
    .argument(...NAME);
  addYesOption(unfreeze).action(run(unfreezeWallet));
  wallets
    .command('export')
    .description('Print the keystore of a wallet, encrypted by its passphrase, as polkadot-js imports it.')
    .argument(...NAME)
    .addOption(passphraseOption())
    .action(run(exportWallet));
  addHotkeys(wallets, run);
  addCaps(wallets, run);
  const remove = wallets
    .command('rm')
    .description(
      'Remove a wallet with its hotkeys; refused while miners refer to one or calls of it are under way. Asks first.',
    )
    .argument(...NAME)
    .option(
      '--force',
      'also while miners refer to its hotkeys, whose files they keep, or calls are under way, which are not made again',
    );
  addYesOption(remove).action(run(removeWallet));
};

function addImport(wallets: Command): Command {
  const command = wallets
    .command('import')
    .description('Import the key of a wallet, by default its mnemonic, and encrypt it by a passphrase.')
    .argument(...NAME)
    .option('--keystore <file|->', 'what polkadot-js exports, encrypted by the passphrase')
    .option('--proxy-for <address>', 'the coldkey that the key is a proxy of')
    .option('--proxy-types <type,...>', 'what the proxy may do, such as Registration,Staking', listArgument)
    .addOption(passphraseOption());
  return addImportOptions(command);
}

function listArgument(text: string): string[] {
  return text.split(',');
}

interface ImportWalletOptions extends ImportOptions, PassphraseOptions {
  readonly proxyFor?: string;
  readonly proxyTypes?: readonly string[];
}

async function importWallet(call: Invocation, name: string, options: ImportWalletOptions): Promise<void> {
  const { mnemonicFile, seedFile, keyfile, keystore, passphraseFile: file, proxyFor = '', proxyTypes = [] } = options;
  requireOneStdin(mnemonicFile, seedFile, keyfile, keystore, file);
  const wallets = await called(call);
  const key = await readKeySource(call.world, options);
  const input = { file, what: keystore === undefined ? 'new passphrase' : 'passphrase', option: '--passphrase-file' };
  const ask = keystore === undefined ? readNewSecret : readSecret;
  const passphrase = await ask(call.world, input);
  const request = { name, coldkey: { case: 'key' as const, value: key }, passphrase, proxyFor };
  const response = await wallets.createWallet({ ...request, proxyTypes: [...proxyTypes] }, call.callOptions);
  await call.printer.message(CreateWalletResponseSchema, response, () => said('imported', response.wallet));
}

async function listWallets(call: Invocation): Promise<void> {
  const { wallets } = await call.connect();
  const response = await wallets.listWallets({}, call.callOptions);
  await call.printer.message(ListWalletsResponseSchema, response, (viewing) =>
    walletsView(response.wallets.map(walletFromWire), viewing),
  );
}

async function showWallet(call: Invocation, name: string): Promise<void> {
  const { wallets } = await call.connect();
  const response = await wallets.getWallet({ name }, call.callOptions);
  await call.printer.message(GetWalletResponseSchema, response, (viewing) =>
    response.wallet === undefined ? [] : walletView(walletFromWire(response.wallet), viewing),
  );
}

interface UnlockOptions extends PassphraseOptions {
  /** Milliseconds. */
  readonly for: number;
}

async function unlockWallet(call: Invocation, name: string, options: UnlockOptions): Promise<void> {
  const wallets = await called(call);
  const passphrase = await passphraseOf(call, options);
  const response = await wallets.unlockWallet({ name, passphrase, forMs: BigInt(options.for) }, call.callOptions);
  const until = new Date(Number(response.wallet?.unlockedUntilMs ?? 0n)).toISOString();
  await call.printer.message(UnlockWalletResponseSchema, response, () => [
    { kind: 'text', text: `wallet ${name} unlocked until ${until}` },
  ]);
}

async function lockWallet(call: Invocation, name: string): Promise<void> {
  const { wallets } = await call.connect();
  const response = await wallets.lockWallet({ name }, call.callOptions);
  await call.printer.message(LockWalletResponseSchema, response, () => [
    { kind: 'text', text: `wallet ${name} locked` },
  ]);
}

async function exportWallet(call: Invocation, name: string, options: PassphraseOptions): Promise<void> {
  const wallets = await called(call);
  const passphrase = await passphraseOf(call, options);
  const response = await wallets.exportWallet({ name, passphrase }, call.callOptions);
  await call.printer.message(ExportWalletResponseSchema, response, () => [{ kind: 'text', text: response.keystore }]);
}

function passphraseOf(call: Invocation, { passphraseFile: file }: PassphraseOptions): Promise<Uint8Array<ArrayBuffer>> {
  return readSecret(call.world, { file, what: 'passphrase', option: '--passphrase-file' });
}

async function unfreezeWallet(call: Invocation, name: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(call.world, `Let the wallet ${name} sign again: you know who changed or disputed its coldkey`, yes);
  const { wallets } = await call.connect();
  const response = await wallets.unfreezeWallet({ name }, call.callOptions);
  await call.printer.message(UnfreezeWalletResponseSchema, response, () => [
    { kind: 'text', text: `wallet ${name} signs again` },
  ]);
}

interface RemoveOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

async function removeWallet(call: Invocation, name: string, { force = false, yes }: RemoveOptions): Promise<void> {
  const what = `Remove the wallet ${name} and its hotkeys, whose keys nobody brings back without their mnemonics`;
  await confirm(call.world, what, yes);
  const { wallets } = await call.connect();
  const response = await wallets.removeWallet({ name, force }, call.callOptions);
  await call.printer.message(RemoveWalletResponseSchema, response, () => [
    { kind: 'text', text: `wallet ${name} removed${stillUsed(response.miners)}` },
  ]);
}
