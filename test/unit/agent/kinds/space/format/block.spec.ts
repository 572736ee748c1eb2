import { expect } from 'chai';
import {
  decodeBlockProof,
  encodeBlockProof,
  proofFault,
} from '../../../../../../agent/kinds/space/format/block-proof.js';
import { blockFault } from '../../../../../../agent/kinds/space/format/block-rules.js';
import {
  blockHash,
  decodeBlock,
  decodeBlockHeader,
  encodeBlock,
  encodeBlockHeader,
  encodeUnsignedHeader,
  transactionRoot,
} from '../../../../../../agent/kinds/space/format/block.js';
import { challengeOf, scoreOf } from '../../../../../../agent/kinds/space/format/challenge.js';
import { foldPath, rootOf } from '../../../../../../agent/kinds/space/format/merkle.js';
import { isSignedBy, openMinerKey } from '../../../../../../agent/kinds/space/format/miner-key.js';
import {
  decodeTransaction,
  encodeTransaction,
  encodeUnsignedTransaction,
  passesBasicRules,
  pickTransactions,
  transactionHash,
} from '../../../../../../agent/kinds/space/format/transaction.js';
import { genesisBlock } from '../../../../../support/space/genesis.js';
import { pathOf } from '../../../../../support/space/path-of.js';
import { thrownFault } from '../../../../../support/space/thrown-fault.js';
import { hex, vectorPlot, vectors } from '../../../../../support/space/vectors.js';

describe('proofs of space', () => {
  for (const { plot, index, leaf, siblings, siblingIsRight, merkleRoot } of vectors.merkleProofs) {
    it(`lead from leaf ${index} of ${plot} to its root`, () => {
      const path = pathOf(vectorPlot(plot), Number(index));
      expect(path.siblings.map((sibling) => sibling.toString('hex'))).to.deep.equal(siblings);
      expect(path.siblingIsRight).to.deep.equal(siblingIsRight);
      expect(foldPath(hex(leaf), path).toString('hex')).to.equal(merkleRoot);
    });
  }

  for (const vector of vectors.blockProofs) {
    it(`are written and read as given: leaf ${vector.index} of ${vector.plot}`, () => {
      const plot = vectorPlot(vector.plot);
      const proof = {
        leaf: hex(plot.leaves[Number(vector.index)] ?? ''),
        leafIndex: BigInt(vector.index),
        ...pathOf(plot, Number(vector.index)),
        leafCount: BigInt(vector.leafCount),
        plotId: hex(vector.plotId),
        plotHeaderHash: hex(vector.plotHeaderHash),
        plotVersion: 1,
      };
      expect(encodeBlockProof(proof).toString('hex')).to.equal(vector.hex);
      expect(decodeBlockProof(hex(vector.hex))).to.deep.equal(proof);
      expect(vector.hex).to.have.length(2 * vector.length);
    });
  }

  for (const { case: name, proof, expectedChallenge, expectedRoot, target, error } of vectors.proofValidation) {
    it(`are judged: ${name}`, () => {
      const claim = {
        leaf: hex(proof.leaf),
        siblings: proof.siblings.map(hex),
        siblingIsRight: proof.right,
        ...{ challenge: hex(proof.challenge), plotRoot: hex(proof.root), score: hex(proof.score) },
      };
      const demand = { challenge: hex(expectedChallenge), plotRoot: hex(expectedRoot) };
      const fault = proofFault(claim, target === null ? demand : { ...demand, target: hex(target) });
      expect(fault ?? null).to.equal(error);
    });
  }

  it('with more siblings than bytes are refused before memory is taken', () => {
    const bytes = hex(vectors.blockProofs[2]?.hex ?? '');
    bytes.writeInt32LE(2 ** 31 - 1, 40);
    expect(thrownFault(() => decodeBlockProof(bytes))).to.include({ fault: 'siblings', offset: '40' });
  });
});

describe('keys and signatures', () => {
  for (const { privateKey, publicKey } of vectors.keys) {
    it(`have the given public key ${publicKey.slice(0, 8)}`, () => {
      const key = openMinerKey(hex(privateKey));
      expect(key.minerId.toString('hex')).to.equal(publicKey);
      expect(key.plotKey.toString('hex')).to.equal(publicKey.slice(2));
    });
  }

  vectors.signatures.forEach(({ case: name, privateKey, publicKey, digest, signature, valid }, at) => {
    it(`are as given: ${name} (${String(at)})`, () => {
      if (privateKey !== null)
        expect(openMinerKey(hex(privateKey)).sign(hex(digest)).toString('hex')).to.equal(signature);
      // Nothing settles whether a high s is taken; here it is.
      expect(isSignedBy(hex(publicKey), hex(digest), hex(signature))).to.equal(valid ?? true);
    });
  });

  it('of the reference, which signs with nothing, are not taken for any', () => {
    for (const { publicKey, headerHash, signature } of vectors.mockSignatures)
      expect(isSignedBy(hex(publicKey), hex(headerHash), hex(signature))).to.equal(false);
  });

  const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
  for (const [what, key] of [
    ['0', Buffer.alloc(32)],
    ['the order of the group', hex(order)],
    ['31 bytes', Buffer.alloc(31, 1)],
    ['33 bytes', Buffer.alloc(33, 1)],
  ] as const)
    it(`refuse ${what} for a key`, () =>
      expect(thrownFault(() => openMinerKey(key))).to.include({ reason: 'space_key_invalid' }));
});

describe('transactions', () => {
  for (const vector of vectors.transactions) {
    it(`are written and read as given: ${vector.hash.slice(0, 8)}`, () => {
      const read = decodeTransaction(hex(vector.hex));
      expect(read).to.deep.equal({
        version: vector.version,
        ...{ sender: hex(vector.sender), recipient: hex(vector.recipient), signature: hex(vector.signature) },
        ...{ amount: BigInt(vector.amount), nonce: BigInt(vector.nonce), fee: BigInt(vector.fee) },
      });
      expect(encodeTransaction(read).toString('hex')).to.equal(vector.hex);
      expect(encodeUnsignedTransaction(read).toString('hex')).to.equal(vector.unsigned);
      expect(transactionHash(read).toString('hex')).to.equal(vector.hash);
      expect(passesBasicRules(read)).to.equal(vector.passesBasicRules);
    });
  }

  it('pay something, to somebody else, with nothing below zero', () => {
    const good = decodeTransaction(hex(vectors.transactions[0]?.hex ?? ''));
    expect(passesBasicRules({ ...good, amount: 1n, nonce: 0n, fee: 0n })).to.equal(true);
    const bad = [{ version: 2 }, { amount: 0n }, { nonce: -1n }, { fee: -1n }, { recipient: good.sender }];
    for (const change of bad) expect(passesBasicRules({ ...good, ...change })).to.equal(false);
  });

  for (const { txHashes, root } of vectors.txRoots)
    it(`have the given root: ${String(txHashes.length)} of them`, () =>
      expect(rootOf(txHashes.map(hex)).toString('hex')).to.equal(root));

  for (const { arrival, limit, picked } of vectors.mempoolOrder) {
    it(`are picked by fee: at most ${String(limit)}`, () => {
      const waiting = arrival.map((hash) => {
        const vector = vectors.transactions.find((candidate) => candidate.hash === hash);
        return decodeTransaction(hex(vector?.hex ?? ''));
      });
      const found = pickTransactions(waiting, limit).map((transaction) => transactionHash(transaction).toString('hex'));
      expect(found).to.deep.equal(picked);
    });
  }
});

describe('blocks', () => {
  for (const vector of vectors.headers) {
    it(`have headers as given: height ${vector.height}`, () => {
      const read = decodeBlockHeader(hex(vector.hex));
      expect([read.height, read.difficulty].map(String)).to.deep.equal([vector.height, vector.difficulty]);
      const names = [read.parentHash, read.minerId, read.signature].map((bytes) => bytes.toString('hex'));
      expect(names).to.deep.equal([vector.parentHash, vector.minerId, vector.signature]);
      expect(encodeBlockHeader(read).toString('hex')).to.equal(vector.hex);
      expect(encodeUnsignedHeader(read).toString('hex')).to.equal(vector.unsigned);
      expect(blockHash(read).toString('hex')).to.equal(vector.hash);
    });
  }

  for (const vector of vectors.blocks) {
    it(`are written and read as given: height ${vector.header.height}`, () => {
      const block = decodeBlock(hex(vector.hex));
      expect(encodeBlockHeader(block.header).toString('hex')).to.equal(vector.header.hex);
      expect(block.transactions.map((entry) => transactionHash(entry).toString('hex'))).to.deep.equal(
        vector.transactions,
      );
      expect(blockHash(block.header).toString('hex')).to.equal(vector.hash);
      expect(transactionRoot(block.transactions)).to.deep.equal(block.header.transactionRoot);
      expect(encodeBlock(block).toString('hex')).to.equal(vector.hex);
    });
  }

  for (const vector of vectors.genesisBlocks) {
    it(`begin with that of ${vector.networkId}`, () => {
      const block = genesisBlock(vector);
      expect(encodeBlock(block).toString('hex')).to.equal(vector.hex);
      expect(encodeBlock(decodeBlock(hex(vector.hex))).toString('hex')).to.equal(vector.hex);
      expect(blockHash(block.header).toString('hex')).to.equal(vector.hash);
    });
  }

  for (const { case: name, block, now, state, error } of vectors.blockValidation) {
    it(`are judged: ${name}`, () => {
      const chain = {
        tipHash: state.tipHash === null ? undefined : hex(state.tipHash),
        ...{ tipHeight: BigInt(state.tipHeight), difficulty: BigInt(state.difficulty), epoch: BigInt(state.epoch) },
        challenge: hex(state.challenge),
      };
      expect(blockFault(decodeBlock(hex(block)), chain, BigInt(now)) ?? null).to.equal(error);
    });
  }

  it('with damage are refused with the offset of it', () => {
    const bytes = hex(vectors.blocks[1]?.hex ?? '');
    const damaged = (change: (copy: Buffer) => Buffer) => thrownFault(() => decodeBlock(change(Buffer.from(bytes))));
    expect(damaged((copy) => copy.fill(255, 33, 41))).to.include({ fault: 'height', offset: '33' });
    expect(damaged((copy) => copy.fill(127, 290, 294))).to.include({ fault: 'transactions', offset: '290' });
    expect(damaged((copy) => copy.fill(9, 294, 295))).to.include({ fault: 'transaction', offset: '298' });
    expect(damaged((copy) => copy.subarray(0, 200))).to.include({ fault: 'short', offset: '193' });
  });

  it('answer the challenge after the one before', () => {
    const { header, proof } = decodeBlock(hex(vectors.rounds[0]?.blockFrame0x23?.slice(10) ?? ''));
    expect(challengeOf(header.parentHash, header.epoch)).to.deep.equal(header.challenge);
    expect(scoreOf(header.challenge, proof.leaf)).to.deep.equal(header.proofScore);
  });
});
