import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { hasCode } from '../../common/disk/index.js';
import { usageError } from './usage-error.js';
import { isInteractive, write } from './world.js';
import type { World } from './world.js';

/** Names of keys, such as `wallet farm`, and the new mnemonic of each. */
export type NewMnemonics = ReadonlyMap<string, string>;

/** Bytes of randomness by the number of words. */
const ENTROPY_BYTES = { 12: 16, 24: 32 } as const;

/** As many words as a mnemonic may have. */
export type WordCount = keyof typeof ENTROPY_BYTES;

/** Makes a mnemonic for each key: here, so that no answer of a coordinator ever holds one. */
export async function newMnemonics(keys: readonly string[], words: WordCount): Promise<NewMnemonics> {
  // Loads a list of words that no other command needs.
  const { mnemonicOf } = await import('../chain/wallets/new-mnemonic.js');
  return new Map(keys.map((key) => [key, mnemonicOf(randomBytes(ENTROPY_BYTES[words]))] as const));
}

/**
 * Hands new mnemonics over before they are used, for nobody gets them a second time: into a new file for its owner's eyes, or
 * onto the terminal. Resolves with what takes the file back. Throws `HeadframeError` (invalid_argument: 'mnemonic_nowhere',
 * 'mnemonic_unwritable').
 */
export async function handOver(
  world: World,
  mnemonics: NewMnemonics,
  file: string | undefined,
): Promise<{ readonly takeBack: () => Promise<void> }> {
  const text = [...mnemonics].map(([key, mnemonic]) => `# ${key}\n${mnemonic}\n`).join('');
  if (file !== undefined) {
    await writeNew(file, text);
    return { takeBack: () => rm(file, { force: true }) };
  }
  if (!isInteractive(world)) {
    const remedy = 'Say --mnemonic-out FILE where nobody looks at a terminal.';
    throw usageError('mnemonic_nowhere', 'there is nobody to show the new mnemonic to', remedy);
  }
  await write(world.stderr, `Write this down, for it is never shown again:\n\n${text}\n`);
  return {
    takeBack: () => write(world.stderr, 'It was refused: the words above are of no use.\n'),
  };
}

/** The words of such a file, or of one with them alone: lines that begin with # are for people. */
export function withoutRemarks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const lines = Buffer.from(bytes).toString().split('\n');
  return Uint8Array.from(Buffer.from(lines.filter((line) => !line.startsWith('#')).join('\n')));
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    // One that is there may be the only copy of another key.
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const why = hasCode(error, 'EEXIST') ? 'it is there already' : error instanceof Error ? error.message : '';
    const remedy = 'Name a file that is not there, in a folder of yours.';
    throw usageError('mnemonic_unwritable', `cannot write the new mnemonic to ${path}: ${why}`, remedy);
  }
}
