import type { GpuParameters } from '../../../common/challenge/parameters.js';
import { SeededMatrix, foldRow, productEntry, rowBytes } from '../../../common/challenge/gemm.js';
import { MerkleTree, leafHash } from '../../../common/challenge/merkle.js';
import type { Opening } from '../../../common/challenge/proof.js';
import { sampleIndices } from '../../../common/challenge/sample.js';
import { keyOf } from '../../../common/challenge/seed.js';
import type { Proof } from './proof.js';

/** Port: all rows of the product of rows of 8-bit integers and a matrix that a seed stands for. */
export type Gemm = (rows: readonly Int8Array[], second: SeededMatrix) => Promise<readonly Int32Array[]>;

/** The same by the CPU: for small sizes, and to say what a GPU has to answer. */
export const cpuGemm: Gemm = (rows, second) =>
  Promise.resolve(rows.map((row) => Int32Array.from(row, (_, column) => productEntry(row, second, column))));

/** Multiplies round after round; the second factor of each comes from the root of the round before it. */
export async function proveGpu(gemm: Gemm, parameters: GpuParameters, seed: Uint8Array): Promise<Proof> {
  const { size, rounds, samples } = parameters;
  const first = new SeededMatrix(keyOf(seed, 'gemm first'));
  let rows: readonly Int8Array[] = Array.from({ length: size }, (_, row) =>
    Int8Array.from({ length: size }, (__, column) => first.entry(row, column)),
  );
  const products: { readonly rows: readonly Int32Array[]; readonly tree: MerkleTree }[] = [];
  let bound: Uint8Array = seed;
  for (let round = 0; round < rounds; round += 1) {
    const product = await gemm(rows, new SeededMatrix(keyOf(bound, 'gemm second')));
    const tree = new MerkleTree(product.map((row) => leafHash(rowBytes(row))));
    products.push({ rows: product, tree });
    rows = product.map((row) => foldRow(row));
    bound = tree.root;
  }
  const roots = products.map(({ tree }) => tree.root);
  const rowAt = (round: number, row: number): Opening[] => {
    const product = products[round];
    const found = product?.rows[row];
    return product === undefined || found === undefined
      ? []
      : [{ tree: round, index: row, leaf: rowBytes(found), path: product.tree.path(row) }];
  };
  return {
    roots,
    open: (reveal) => {
      const drawn = sampleIndices({ reveal, roots, name: 'gpu' }, samples, rounds * size * size);
      const openings = drawn.flatMap((number) => {
        const round = Math.floor(number / (size * size));
        const row = Math.floor((number % (size * size)) / size);
        return [...rowAt(round, row), ...rowAt(round - 1, row)];
      });
      return Promise.resolve({ openings, values: [] });
    },
    close: () => Promise.resolve(),
  };
}
