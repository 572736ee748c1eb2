import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { readAddress } from '../../../../../coordinator/chain/wallets/address.js';
import { loadCrypto } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import type { CryptoLibrary } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import { hexOf } from '../../../../../coordinator/chain/wallets/key-pair.js';
import { readKey, readOwnKeyfile } from '../../../../../coordinator/chain/wallets/key-source.js';
import type { RawKey } from '../../../../../coordinator/chain/wallets/key-source.js';
import { writeKeyfile } from '../../../../../coordinator/chain/wallets/keyfile.js';

const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const LONG =
  'letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless';
// Addresses of the well-known phrase, as every Substrate tool shows them.
const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
const payload = Buffer.from('a call');

describe('keys as their owners have them', () => {
  let crypto: CryptoLibrary;

  before(async () => {
    crypto = await loadCrypto();
  });

  const read = (form: RawKey['form'], text: string, keyType: RawKey['keyType'] = 'sr25519') =>
    readKey(crypto, { form, bytes: Buffer.from(text), keyType }, 'key');

  it('are those that every Substrate tool derives, however they are written', () => {
    const { pair, seed, mnemonic } = read('mnemonic', `\n ${PHRASE.replace(' ', '  \n').toUpperCase()} \n`);
    expect(pair.identity.address).to.equal(ADDRESS);
    expect(mnemonic).to.equal(PHRASE);
    expect(hexOf(seed)).to.equal(hexOf(crypto.mnemonicToMiniSecret(PHRASE)));
    const hex = hexOf(seed);
    for (const text of [hex, hex.slice(2), `${hex.toUpperCase().replace('X', 'x')}\n`])
      expect(read('seed', text).pair.identity.address).to.equal(ADDRESS);
    const file = { ss58Address: ADDRESS, secretPhrase: PHRASE, accountId: '0x', privateKey: '0x' };
    expect(read('keyfile', JSON.stringify(file)).pair.identity.address).to.equal(ADDRESS);
    expect(read('keyfile', JSON.stringify({ secretSeed: hex })).pair.identity.address).to.equal(ADDRESS);
    expect(read('mnemonic', LONG).mnemonic).to.equal(LONG);
  });

  it('sign what others verify', () => {
    const sr = read('mnemonic', PHRASE).pair;
    expect(crypto.sr25519Verify(payload, sr.sign(payload), sr.publicKey)).to.equal(true);
    expect(crypto.sr25519Verify(Buffer.from('another'), sr.sign(payload), sr.publicKey)).to.equal(false);
    const ed = read('mnemonic', PHRASE, 'ed25519').pair;
    expect(crypto.ed25519Verify(payload, ed.sign(payload), ed.publicKey)).to.equal(true);
    expect(ed.identity.address).not.to.equal(sr.identity.address);
  });

  it('come back from the file that miners are given', () => {
    for (const keyType of ['sr25519', 'ed25519'] as const) {
      const made = read('mnemonic', PHRASE, keyType);
      const file = writeKeyfile(made);
      expect(JSON.parse(file.toString())).to.deep.equal({
        accountId: made.pair.identity.publicKey,
        publicKey: made.pair.identity.publicKey,
        secretPhrase: PHRASE,
        secretSeed: hexOf(made.seed),
        ss58Address: made.pair.identity.address,
      });
      expect(readOwnKeyfile(crypto, file, keyType).identity).to.deep.equal(made.pair.identity);
      expect(read('keyfile', file.toString(), keyType).pair.identity).to.deep.equal(made.pair.identity);
    }
  });

  it('are refused by form and field, without a word of them', () => {
    const swapped = PHRASE.split(' ').reverse().join(' ');
    const cases: [form: RawKey['form'], text: string, reason: string][] = [
      ['mnemonic', '', 'mnemonic_invalid'],
      ['mnemonic', swapped, 'mnemonic_invalid'],
      ['mnemonic', PHRASE.slice(0, PHRASE.lastIndexOf(' ')), 'mnemonic_invalid'],
      ['mnemonic', `${PHRASE}//hard`, 'mnemonic_invalid'],
      ['mnemonic', `${PHRASE} `.repeat(500), 'mnemonic_invalid'],
      ['seed', 'f'.repeat(63), 'seed_invalid'],
      ['seed', `${'f'.repeat(63)}g`, 'seed_invalid'],
      ['seed', 'f'.repeat(128), 'seed_invalid'],
      ['keyfile', PHRASE, 'keyfile_invalid'],
      ['keyfile', '{"privateKey":"0x00"}', 'keyfile_invalid'],
      ['keyfile', JSON.stringify({ secretPhrase: PHRASE, ss58Address: 'other' }), 'keyfile_invalid'],
      ['keyfile', '$NACLabcdef', 'keyfile_encrypted'],
    ];
    for (const [form, text, reason] of cases) {
      const error = thrown(() => read(form, text));
      expect(error.reason, text.slice(0, 40)).to.equal(reason);
      expect(error.code).to.equal('invalid_argument');
      expect(error.violations[0]?.path).to.equal(`key.${form}`);
      const said = JSON.stringify([error.message, error.remedy, error.violations]);
      for (const word of ['drive', 'lonely', 'ffff']) expect(said).not.to.contain(word);
    }
  });

  it('have addresses of any prefix, shown with that of all, and none with a slip', () => {
    const { publicKey } = readAddress(crypto, ` ${ADDRESS}\n`, 'address');
    for (const prefix of [0, 2, 42, 13116])
      expect(readAddress(crypto, crypto.encodeAddress(publicKey, prefix), 'address').address).to.equal(ADDRESS);
    for (const wrong of ['', ADDRESS.slice(0, -1), ADDRESS.replace('Q', 'R'), `${ADDRESS}5`, '0x00', 'x'.repeat(1e6)])
      expect(thrown(() => readAddress(crypto, wrong, 'watch_address')).reason).to.equal('address_invalid');
  });

  function thrown(act: () => unknown): HeadframeError {
    try {
      act();
    } catch (error) {
      if (error instanceof HeadframeError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  }
});
