import { expect } from 'chai';
import { epochsOf } from '../../../../../coordinator/chain/metagraph/epochs.js';
import { ipText } from '../../../../../coordinator/chain/metagraph/ip-text.js';
import { poolOf } from '../../../../../coordinator/chain/metagraph/pool.js';

describe('what a subnet is read to be', () => {
  const facts = { netuid: 3, block: 1_000, tempo: 360, lastEpochBlock: undefined, nextEpochBlock: undefined };

  it('has epochs where the chain says, before what the tempo says', () => {
    expect(epochsOf({ ...facts, lastEpochBlock: 900, nextEpochBlock: 1_300 })).to.deep.equal({
      last: 900,
      next: 1_300,
    });
    expect(epochsOf({ ...facts, lastEpochBlock: 900 })).to.deep.equal({ last: 900, next: 1_260 });
  });

  it('has epochs by the modulus where the chain keeps none, and none where it has no tempo', () => {
    // (block + 3 + 1) mod 361 = 0 at 718 and 1079.
    expect(epochsOf(facts)).to.deep.equal({ last: 718, next: 1_079 });
    expect(epochsOf({ ...facts, block: 718 })).to.deep.equal({ last: 718, next: 1_079 });
    expect(epochsOf({ ...facts, block: 3 })).to.deep.equal({ last: undefined, next: 357 });
    expect(epochsOf({ ...facts, tempo: 0 })).to.deep.equal({ last: undefined, next: undefined });
    expect(epochsOf({ ...facts, tempo: undefined })).to.deep.equal({ last: undefined, next: undefined });
  });

  it('has endpoints as people write them', () => {
    expect(ipText(0xc0a80101n, 4)).to.equal('192.168.1.1');
    expect(ipText(0x20010db8000000000000000000000001n, 6)).to.equal('2001:db8::1');
    expect(ipText(1n, 6)).to.equal('::1');
    expect(ipText(0n, 6)).to.equal('::');
    expect(ipText(0x20010db8000000010000000000000000n, 6)).to.equal('2001:db8:0:1::');
    expect(ipText(0x00010002000300040005000600070008n, 6)).to.equal('1:2:3:4:5:6:7:8');
  });

  it('has a pool by its reserves, by the price where the runtime tells one, and none where nothing is in it', () => {
    expect(poolOf({ base: 10n, token: 20n, price: undefined })).to.deep.equal({ kind: 'pool', base: 10n, token: 20n });
    expect(poolOf({ base: 10n, token: 20n, price: 2_000_000_000n })).to.deep.equal({
      kind: 'pool',
      base: 40n,
      token: 20n,
    });
    for (const reserves of [
      { base: 0n, token: 1n },
      { base: 1n, token: 0n },
      { base: undefined, token: 1n },
    ])
      expect(poolOf({ ...reserves, price: undefined })).to.deep.equal({ kind: 'unknown' });
  });
});
