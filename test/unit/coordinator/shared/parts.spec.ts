import { expect } from 'chai';
import { partSizes, partsOf } from '../../../../coordinator/shared/parts.js';

async function* pieces(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  let next = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => next++);
}

describe('the parts that a content is cut into', () => {
  it('are full but for the last, whatever it comes in, and all of it in order', async () => {
    for (const sizes of [[10], [1, 1, 1, 7], [4, 4, 2], [3, 0, 7], [9, 1]]) {
      const parts: Buffer[] = [];
      for await (const part of partsOf(pieces(...sizes), 4)) parts.push(part);
      expect(parts.map((part) => [...part])).to.deep.equal([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
    }
  });

  it('are as many as their sizes say', async () => {
    for (const [bytes, sizes] of [
      [0, []],
      [1, [1]],
      [4, [4]],
      [5, [4, 1]],
      [8, [4, 4]],
    ] as const) {
      expect(partSizes(bytes, 4)).to.deep.equal(sizes);
      const found: number[] = [];
      for await (const part of partsOf(pieces(bytes), 4)) found.push(part.length);
      expect(found).to.deep.equal(sizes);
    }
  });
});
