import { z } from 'zod';
import { hexOf } from './key-pair.js';
import type { SeededKey } from './key-pair.js';
import { keyInvalid } from './refusals.js';

const text = z.string().max(1000).nullish();
const keyfileSchema = z.object({ secretPhrase: text, secretSeed: text, ss58Address: text });

/** What of Bittensor's keyfile says which key it is. */
export interface Keyfile {
  readonly secretPhrase: string | undefined;
  readonly secretSeed: string | undefined;
  readonly ss58Address: string | undefined;
}

/** First characters of keyfiles that Bittensor has encrypted. */
const ENCRYPTED = /^(?:\$NACL|\$ANSIBLE_VAULT|gAAAAA)/;

/** A key in the form in which Bittensor keeps hotkeys. */
export function writeKeyfile({ pair, seed, mnemonic }: SeededKey): Buffer {
  const { address, publicKey } = pair.identity;
  const phrase = mnemonic === undefined ? {} : { secretPhrase: mnemonic };
  const form = { accountId: publicKey, publicKey, ...phrase, secretSeed: hexOf(seed), ss58Address: address };
  return Buffer.from(JSON.stringify(form));
}

/** Reads such a file. Throws `HeadframeError` (invalid_argument: 'keyfile_invalid', 'keyfile_encrypted') of the field `path`. */
export function readKeyfile(json: string, path: string): Keyfile {
  if (ENCRYPTED.test(json))
    throw keyInvalid('keyfile_encrypted', {
      path,
      expected: "Bittensor's keyfile in clear",
      remedy: 'Import the mnemonic instead; the keystore here is encrypted by a passphrase of its own.',
    });
  const parsed = keyfileSchema.safeParse(jsonOf(json));
  const { secretPhrase, secretSeed, ss58Address } = parsed.data ?? {};
  if (!secretPhrase && !secretSeed)
    throw keyInvalid('keyfile_invalid', {
      path,
      expected: "Bittensor's keyfile: JSON with secretPhrase or secretSeed",
      remedy: 'A private key alone is not enough: import the mnemonic or the seed that it was made of.',
    });
  return {
    secretPhrase: secretPhrase || undefined,
    secretSeed: secretSeed || undefined,
    ss58Address: ss58Address || undefined,
  };
}

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // which the schema refuses, too
  }
}
