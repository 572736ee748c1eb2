import { createHash } from 'node:crypto';
// The list alone, and nothing that works with keys: the command makes mnemonics, so that no answer of the API holds one.
import WORDS from '@polkadot/util-crypto/mnemonic/wordlists/en';

const BITS_OF_WORD = 11n;

/** The mnemonic of BIP-39 for 16 or 32 random bytes: 12 or 24 English words. */
export function mnemonicOf(entropy: Uint8Array): string {
  const checksumBits = entropy.length / 4;
  const [first = 0] = createHash('sha256').update(entropy).digest();
  const checksum = first >> (8 - checksumBits);
  let bits = (BigInt(`0x${Buffer.from(entropy).toString('hex')}`) << BigInt(checksumBits)) | BigInt(checksum);
  const words: string[] = [];
  for (let left = (entropy.length * 8 + checksumBits) / 11; left > 0; left -= 1) {
    words.unshift(WORDS[Number(bits & 0x7ffn)] ?? '');
    bits >>= BITS_OF_WORD;
  }
  return words.join(' ');
}
