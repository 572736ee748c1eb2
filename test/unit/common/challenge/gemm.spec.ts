import { expect } from 'chai';
import {
  COLUMNS,
  TILE_BYTES,
  TILE_ROWS,
  firstKey,
  firstTile,
  foldSum,
  productRow,
  productTile,
  rowCount,
  rowOf,
  rowPlace,
  secondFactor,
  secondKey,
  secondPlace,
} from '../../../../common/challenge/gemm.js';
import { seededRandom } from '../../../support/seeded-random.js';

const seed = Buffer.alloc(32, 5);

describe('the matrices of a GPU challenge', () => {
  it('are streams of ChaCha20, as RFC 8439 has them in its appendix A.1', () => {
    const zeros = Buffer.alloc(32);
    const ones = Buffer.from([...Buffer.alloc(31), 1]);
    expect(firstTile(zeros, 0).subarray(0, 16).toString('hex')).to.equal('76b8e0ada0f13d90405d6ae55386bd28');
    // Test vector 2: the same with the block counter 1.
    expect(firstTile(zeros, 0).subarray(64, 80).toString('hex')).to.equal('9f07e7be5551387a98ba977c732d080d');
    // Test vector 3, whose nonce ends as that of tile 2^24 does not; it is of another key.
    expect(firstTile(ones, 0).subarray(64, 80).toString('hex')).to.equal('3aeb5224ecf849929b9d828db1ced4dd');
    // Test vector 5: the last byte of the nonce is 2.
    expect(
      firstTile(zeros, 2 ** 57)
        .subarray(0, 16)
        .toString('hex'),
    ).to.equal('c2c64d378cd536374ae204b9ef933fcd');
  });

  it('differ in every tile, device and round', () => {
    const texts = [
      firstTile(firstKey(seed, 0), 0),
      firstTile(firstKey(seed, 0), 1),
      firstTile(firstKey(seed, 1), 0),
      firstTile(firstKey(seed, 0), 2 ** 32),
      Buffer.from(secondFactor(secondKey(seed, []))),
      Buffer.from(secondFactor(secondKey(seed, [Buffer.alloc(32)]))),
    ].map((bytes) => bytes.subarray(0, 64).toString('hex'));
    expect(new Set(texts).size).to.equal(texts.length);
  });

  it('are multiplied as the definition says', () => {
    const [tile, second] = [firstTile(firstKey(seed, 0), 3), secondFactor(secondKey(seed, []))];
    const row = rowOf(tile, 63);
    const made = productRow(row, second);
    for (let column = 0; column < COLUMNS; column += 1) {
      let sum = 0;
      for (let place = 0; place < COLUMNS; place += 1)
        sum += Buffer.from(row).readInt8(place) * (second[secondPlace(place, column)] ?? NaN);
      expect(made[column]).to.equal(foldSum(sum));
    }
    const places = new Set(
      Array.from({ length: COLUMNS * COLUMNS }, (_, at) => secondPlace(at >> 8, at & 255)).filter(
        (place) => place >= 0 && place < COLUMNS * COLUMNS,
      ),
    );
    expect(places.size).to.equal(COLUMNS * COLUMNS);
    const product = productTile(tile, second);
    expect([product.length, Buffer.compare(rowOf(product, 63), made)]).to.deep.equal([TILE_BYTES, 0]);
  });

  it('have sums brought down so that each of their bits changes each bit of the byte in about half of the cases', () => {
    const random = seededRandom(1);
    const sums = Array.from({ length: 2_000 }, () => Math.floor(random() * 2 ** 23) - 2 ** 22);
    for (let bit = 0; bit < 23; bit += 1) {
      const changed = Array.from({ length: 8 }, () => 0);
      for (const sum of sums) {
        const difference = foldSum(sum) ^ foldSum(sum ^ (1 << bit));
        for (let at = 0; at < 8; at += 1) changed[at] = (changed[at] ?? 0) + ((difference >> at) & 1);
      }
      // Half of 2000, nine standard deviations either way.
      for (const count of changed) expect(count).to.be.within(800, 1_200);
    }
  });

  it('have rows that are numbered over all products and devices', () => {
    const parameters = {
      type: 'gpu' as const,
      devices: [
        { id: 'a', tiles: 32 },
        { id: 'b', tiles: 96 },
      ],
      ...{ rounds: 3, samples: 1 },
    };
    expect(rowCount(parameters)).to.equal(3 * 128 * TILE_ROWS);
    const inRound = 128 * TILE_ROWS;
    expect(rowPlace(parameters, 0)).to.deep.equal({ round: 0, device: 0, tile: 0, row: 0 });
    expect(rowPlace(parameters, 32 * TILE_ROWS - 1)).to.deep.equal({ round: 0, device: 0, tile: 31, row: 63 });
    expect(rowPlace(parameters, 32 * TILE_ROWS)).to.deep.equal({ round: 0, device: 1, tile: 0, row: 0 });
    expect(rowPlace(parameters, 3 * inRound - 1)).to.deep.equal({ round: 2, device: 1, tile: 95, row: 63 });
  });
});
