import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { loadCrypto } from '../../../../../coordinator/chain/wallets/crypto-library.js';
import { mnemonicOf } from '../../../../../coordinator/chain/wallets/new-mnemonic.js';

describe('new mnemonics', () => {
  it('are those of BIP-39', async () => {
    const crypto = await loadCrypto();
    // https://github.com/trezor/python-mnemonic/blob/master/vectors.json
    expect(mnemonicOf(Buffer.alloc(16))).to.equal(`${'abandon '.repeat(11)}about`);
    expect(mnemonicOf(Buffer.alloc(32, 0xff))).to.equal(`${'zoo '.repeat(23)}vote`);
    for (let n = 0; n < 50; n += 1) {
      const entropy = Uint8Array.from(randomBytes(n % 2 === 0 ? 16 : 32));
      const mnemonic = mnemonicOf(entropy);
      expect(crypto.mnemonicToEntropy(mnemonic, undefined, true)).to.deep.equal(entropy);
      expect(mnemonic.split(' ')).to.have.length(n % 2 === 0 ? 12 : 24);
    }
  });
});
