import type { Command } from 'commander';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { CreateWalletResponseSchema } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { CreateWalletRequestSchema } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { Invocation } from '../invocation.js';
import { handOver, newMnemonics } from '../mnemonics.js';
import type { NewMnemonics } from '../mnemonics.js';
import type { Runner } from '../runner.js';
import { readNewSecret } from '../secret-input.js';
import { usageError } from '../usage-error.js';
import { called, passphraseOption, said } from './wallet-calls.js';
import { addNewKeyOptions, mnemonicSource } from './wallet-keys.js';
import type { NewKeyOptions } from './wallet-keys.js';

interface CreateOptions extends NewKeyOptions {
  readonly hotkey?: readonly string[];
  readonly namespace?: string;
  readonly watch?: string;
  readonly proxyFor?: string;
  readonly proxyTypes?: readonly string[];
  readonly passphraseFile?: string;
}

/** `wallets create`. */
export function addCreate(wallets: Command, run: Runner): void {
  const command = wallets
    .command('create')
    .description(
      'Make a wallet with a new key, or of an address that is only watched. Mnemonics are made here and shown once.',
    )
    .argument('<name>', 'name of the wallet')
    .option('--hotkey <name>', 'a new hotkey of it; may be repeated', repeated)
    .option('-n, --namespace <namespace>', 'where the secrets of its hotkeys are; else default')
    .option('--watch <address>', 'watch this address: there is no key, and nothing is signed')
    .option('--proxy-for <address>', 'the coldkey that the new key is to be a proxy of, and which stays away')
    .option('--proxy-types <type,...>', 'what the proxy may do, such as Registration,Staking', (text: string) =>
      text.split(','),
    )
    .addOption(passphraseOption());
  addNewKeyOptions(command).action(run(createWallet));
}

function repeated(name: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), name];
}

async function createWallet(call: Invocation, name: string, options: CreateOptions): Promise<void> {
  const { watch, proxyFor = '', proxyTypes = [], passphraseFile: file } = options;
  if (watch !== undefined && (proxyFor !== '' || file !== undefined))
    throw usageError('watch_alone', 'an address that is watched has neither a proxy nor a passphrase');
  const wallets = await called(call);
  const input = { file, what: 'new passphrase', option: '--passphrase-file' };
  const passphrase = watch === undefined ? await readNewSecret(call.world, input) : new Uint8Array();
  const mnemonics = await newMnemonics(keysOf(name, options), options.words);
  const request = { ...wishOf(name, options, mnemonics), passphrase, proxyFor, proxyTypes: [...proxyTypes] };
  const response = await withHandOver(call, mnemonics, options.mnemonicOut, () =>
    wallets.createWallet(request, call.callOptions),
  );
  await call.printer.message(CreateWalletResponseSchema, response, () => said('created', response.wallet));
}

/** Hands new mnemonics over, then uses them; takes them back where they were surely not used. */
export async function withHandOver<T>(
  call: Invocation,
  mnemonics: NewMnemonics,
  file: string | undefined,
  use: () => Promise<T>,
): Promise<T> {
  if (mnemonics.size === 0) return use();
  const { takeBack } = await handOver(call.world, mnemonics, file);
  try {
    return await use();
  } catch (error) {
    if (REFUSED.has(toHeadframeError(error).code)) await takeBack();
    throw error;
  }
}

/** After any other end it may have been done. */
const REFUSED: ReadonlySet<string> = new Set([
  ...['invalid_argument', 'not_found', 'already_exists', 'failed_precondition', 'resource_exhausted'],
  ...['permission_denied', 'unauthenticated', 'unimplemented'],
]);

function keysOf(name: string, { watch, hotkey = [] }: CreateOptions): string[] {
  const cold = watch === undefined ? [`wallet ${name}`] : [];
  return [...cold, ...hotkey.map((one) => `hotkey ${name}/${one}`)];
}

function wishOf(
  name: string,
  { watch, hotkey = [], namespace = '', keyType }: CreateOptions,
  mnemonics: NewMnemonics,
): MessageInitShape<typeof CreateWalletRequestSchema> {
  const source = (key: string) => mnemonicSource(mnemonics.get(key) ?? '', keyType);
  const coldkey =
    watch === undefined
      ? { case: 'key' as const, value: source(`wallet ${name}`) }
      : { case: 'watchAddress' as const, value: watch };
  const hotkeys = hotkey.map((one) => ({ name: one, namespace, key: source(`hotkey ${name}/${one}`) }));
  return { name, coldkey, hotkeys };
}
