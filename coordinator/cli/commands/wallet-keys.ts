import { create } from '@bufbuild/protobuf';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { KeySourceSchema } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import type { KeySource } from '../../../common/gen/headframe/v1/wallet_service_pb.js';
import { KEY_TYPES } from '../../../common/model/wallet.js';
import type { KeyType } from '../../../common/model/wallet.js';
import { KEY_TYPE } from '../../../common/wire/client.js';
import type { WordCount } from '../mnemonics.js';
import { withoutRemarks } from '../mnemonics.js';
import { readSecret } from '../secret-input.js';
import { usageError } from '../usage-error.js';
import type { World } from '../world.js';

/** How a new key is made. */
export interface NewKeyOptions {
  readonly mnemonicOut?: string;
  readonly words: WordCount;
  readonly keyType: KeyType;
}

/** Where a key that is there comes from. */
export interface ImportOptions {
  readonly mnemonicFile?: string;
  readonly seedFile?: string;
  readonly keyfile?: string;
  readonly keystore?: string;
  readonly keyType: KeyType;
}

/** `--key-type`. */
function keyTypeOption(): Option {
  return new Option('--key-type <type>', 'how it signs').choices(KEY_TYPES).default('sr25519');
}

/** Options of commands that make keys. */
export function addNewKeyOptions(command: Command): Command {
  return command
    .option('--mnemonic-out <file>', 'new file for the new mnemonics; else they are shown once on the terminal')
    .addOption(new Option('--words <count>', 'how many words each has, 12 or 24').argParser(wordsArgument).default(12))
    .addOption(keyTypeOption());
}

/** Options of commands that import keys. */
export function addImportOptions(command: Command): Command {
  return command
    .option('--mnemonic-file <file|->', 'its 12 or 24 words; asked for where nothing else is said')
    .option('--seed-file <file|->', 'its seed, 32 bytes in hex')
    .option('--keyfile <file|->', "Bittensor's keyfile in clear, with secretPhrase or secretSeed")
    .addOption(keyTypeOption());
}

function wordsArgument(text: string): WordCount {
  if (text === '12') return 12;
  if (text === '24') return 24;
  throw new InvalidArgumentError('Expected 12 or 24.');
}

/** The key that the options name, read or asked for. Throws `HeadframeError` (invalid_argument, 'key_twice' and of reading). */
export async function readKeySource(world: World, options: ImportOptions): Promise<KeySource> {
  const keyType = KEY_TYPE.toWire(options.keyType);
  const { mnemonicFile, seedFile, keyfile, keystore } = options;
  if ([mnemonicFile, seedFile, keyfile, keystore].filter((file) => file !== undefined).length > 1)
    throw usageError('key_twice', 'a key comes from one place', 'Say one of the options alone.');
  const read = (file: string | undefined, what: string, option: string) => readSecret(world, { file, what, option });
  if (seedFile !== undefined)
    return sourceOf({ case: 'seed', value: await read(seedFile, 'seed', '--seed-file') }, keyType);
  if (keyfile !== undefined)
    return sourceOf({ case: 'keyfile', value: await read(keyfile, 'keyfile', '--keyfile') }, keyType);
  if (keystore !== undefined)
    return sourceOf({ case: 'keystore', value: await read(keystore, 'keystore', '--keystore') }, keyType);
  const words = await read(mnemonicFile, 'mnemonic', '--mnemonic-file');
  return sourceOf({ case: 'mnemonic', value: withoutRemarks(words) }, keyType);
}

/** A new mnemonic as the coordinator is told it. */
export function mnemonicSource(mnemonic: string, keyType: KeyType): KeySource {
  return sourceOf({ case: 'mnemonic', value: Uint8Array.from(Buffer.from(mnemonic)) }, KEY_TYPE.toWire(keyType));
}

function sourceOf(source: KeySource['source'], keyType: KeySource['keyType']): KeySource {
  return create(KeySourceSchema, { source, keyType });
}
