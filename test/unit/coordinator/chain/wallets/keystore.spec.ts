import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { loadCrypto } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import type { CryptoLibrary } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import { KeyPair, hexOf } from '../../../../../coordinator/chain/wallets/key-pair.js';
import { openKeystore, writeKeystore } from '../../../../../coordinator/chain/wallets/keystore.js';
import { KEY_TYPES } from '../../../../../common/model/wallet.js';
import { expectReason } from '../../../../support/expect-reason.js';

// Nobody's: of the phrase that is in every manual.
const SEED = Buffer.from('fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e', 'hex');
// As polkadot-js puts a key between them.
const HEADER = Uint8Array.from([48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]);
const DIVIDER = Uint8Array.from([161, 35, 3, 33, 0]);
const passphrase = Buffer.from('twelve geese');

describe('keystores', () => {
  const quick = { passphrase, name: 'farm', params: { N: 2 ** 15, p: 1, r: 8 } };
  let crypto: CryptoLibrary;

  before(async () => {
    crypto = await loadCrypto();
    await crypto.cryptoWaitReady();
  });

  it('are what polkadot-js writes and reads, for both kinds of keys', async () => {
    for (const keyType of KEY_TYPES) {
      const pair = KeyPair.ofSeed(crypto, keyType, SEED);
      const text = await writeKeystore(crypto, pair, quick);
      const json = JSON.parse(text) as Parameters<CryptoLibrary['jsonDecrypt']>[0] & { address: string };
      expect(json.address).to.equal(pair.identity.address);
      const plain = crypto.jsonDecrypt(json, passphrase.toString());
      expect(pair.lend((secretKey) => Buffer.from(secretKey).equals(plain.subarray(16, 80)))).to.equal(true);
      const opened = await openKeystore(crypto, text, passphrase);
      expect(opened.identity).to.deep.equal(pair.identity);
      expect(opened.lend((secretKey) => hexOf(secretKey))).to.equal(pair.lend((secretKey) => hexOf(secretKey)));
      opened.erase();
      expect(opened.lend((secretKey) => secretKey.every((byte) => byte === 0))).to.equal(true);
      expect(() => opened.sign(passphrase))
        .to.throw()
        .with.property('reason', 'key_erased');
    }
  });

  it('of polkadot-js open by their passphrase, also by one in hex, which stands for its bytes', async () => {
    const pair = KeyPair.ofSeed(crypto, 'sr25519', SEED);
    const plain = pair.lend((secretKey) => Buffer.concat([HEADER, secretKey, DIVIDER, pair.publicKey]));
    const { address } = pair.identity;
    const text = JSON.stringify({
      ...crypto.jsonEncrypt(plain, ['pkcs8', 'sr25519'], '0x6162636465666768'),
      address,
      meta: {},
    });
    expect((await openKeystore(crypto, text, Buffer.from('0x6162636465666768'))).identity.address).to.equal(address);
    expect((await openKeystore(crypto, text, Buffer.from('abcdefgh'))).identity.address).to.equal(address);
  });

  it('are refused for a wrong passphrase apart from what is none, and say nothing of either', async () => {
    const own = await writeKeystore(crypto, KeyPair.ofSeed(crypto, 'sr25519', SEED), quick);
    const wrong = await expectReason(openKeystore(crypto, own, Buffer.from('twelve goose')), 'passphrase_wrong');
    expect(JSON.stringify([wrong, wrong.message, wrong.violations])).not.to.contain('goose');
    const encoding = { content: ['pkcs8', 'sr25519'], type: ['scrypt', 'xsalsa20-poly1305'], version: '3' };
    const address = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';
    const cases = [
      'not json',
      '{}',
      changed(own, { encoding: { ...encoding, type: ['none'] } }),
      changed(own, { encoding: { ...encoding, content: ['batch-pkcs8'] } }),
      // Parameters of scrypt that would take all memory.
      changed(own, { encoded: Buffer.alloc(200, 255).toString('base64') }),
      changed(own, { padding: 'x'.repeat(20_000) }),
      changed(own, { address: `${address.slice(0, -1)}W` }),
    ];
    for (const one of cases) await expectReason(openKeystore(crypto, one, passphrase), 'keystore_invalid');
  });

  it('are refused whose public key is not that of their secret key', async () => {
    const secret = KeyPair.ofSeed(crypto, 'sr25519', SEED).lend((secretKey) => secretKey.slice());
    const other = KeyPair.ofSeed(crypto, 'sr25519', randomBytes(32));
    const forged = await writeKeystore(
      crypto,
      new KeyPair(crypto, { keyType: 'sr25519', publicKey: other.publicKey, secretKey: secret }),
      quick,
    );
    await expectReason(openKeystore(crypto, forged, passphrase), 'keystore_invalid');
  });

  it('do not hold the event loop up', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await writeKeystore(crypto, KeyPair.ofSeed(crypto, 'sr25519', SEED), { passphrase, name: 'farm' });
    clearInterval(timer);
    expect(turns).to.be.above(5);
  });

  /** A keystore in which something stands that did not. */
  function changed(text: string, by: object): string {
    return JSON.stringify({ ...(JSON.parse(text) as object), ...by });
  }
});
