import { expect } from 'chai';
import fc from 'fast-check';
import { MerkleTree, isInTree, leafHash } from '../../../../common/challenge/merkle.js';

const leaves = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 40 });

describe('merkle trees', () => {
  it('prove each leaf of trees of any size', () => {
    fc.assert(
      fc.property(leaves, (all) => {
        const tree = new MerkleTree(all.map(leafHash));
        for (const [index, leaf] of all.entries()) {
          const proof = { index, count: all.length, leaf: leafHash(leaf), path: tree.path(index) };
          expect(isInTree(proof, tree.root)).to.equal(true);
        }
      }),
    );
  });

  it('prove nothing else: another leaf, place, size, or path', () => {
    fc.assert(
      fc.property(leaves, fc.nat(), fc.nat(), (all, at, bit) => {
        const index = at % all.length;
        const tree = new MerkleTree(all.map(leafHash));
        const leaf = leafHash(all[index] ?? new Uint8Array());
        const proof = { index, count: all.length, leaf, path: tree.path(index) };
        const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, n) => (n === bit % 32 ? byte ^ 1 : byte));
        const wrong = [
          { ...proof, leaf: flipped(proof.leaf) },
          { ...proof, index: all.length },
          { ...proof, index: -1 },
          { ...proof, path: [...proof.path, proof.leaf] },
          ...proof.path.map((_, n) => ({ ...proof, path: proof.path.map((one, m) => (m === n ? flipped(one) : one)) })),
          ...(proof.path.length > 0 ? [{ ...proof, path: proof.path.slice(1) }] : []),
        ];
        for (const one of wrong) expect(isInTree(one, tree.root)).to.equal(false);
      }),
    );
  });

  it('take no inner node for a leaf', () => {
    const tree = new MerkleTree(['a', 'b', 'c', 'd'].map((leaf) => leafHash(Buffer.from(leaf))));
    const inner = Buffer.concat([leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))]);
    const path = tree.path(0).slice(1);
    expect(isInTree({ index: 0, count: 2, leaf: leafHash(inner), path }, tree.root)).to.equal(false);
  });
});
