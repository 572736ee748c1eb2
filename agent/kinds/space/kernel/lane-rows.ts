import type { WasmCode } from './wasm-code.js';

/** Turns the bytes of each word around. */
const SWAP = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

/** Where four rows of four words stand. */
export interface Rows {
  /** Local of the address of the first. */
  readonly from: number;
  /** Added to it; −1 or more. */
  readonly offset: number;
  /** Bytes from each row to the next. */
  readonly stride: number;
  /** Locals for the words of the rows: all first words into the first one, and so on. */
  readonly into: readonly number[];
}

/** Loads four rows of big-endian words, each row of another message, into one local for each place. */
export function loadRows(code: WasmCode, { from, offset, stride, into }: Rows): void {
  const rows = into.map((local, row) => {
    // An offset of an instruction is never negative.
    if (offset < 0) code.address(from, offset).load(row * stride);
    else code.get(from).load(offset + row * stride);
    code.set(local);
    code.get(local).get(local).shuffle(SWAP).set(local);
    return local;
  });
  transpose(code, rows);
}

/** Writes the digests of four lanes as 32 bytes each, one after the other, from the address in `to` on. */
export function storeState(code: WasmCode, state: readonly number[], to: number): void {
  for (const half of [0, 4]) {
    const rows = state.slice(half, half + 4);
    transpose(code, rows);
    rows.forEach((local, row) => {
      code
        .get(to)
        .get(local)
        .get(local)
        .shuffle(SWAP)
        .store(32 * row + 4 * half);
    });
  }
}

/** Four vectors of four words: rows become columns. */
function transpose(code: WasmCode, [a = 0, b = 0, c = 0, d = 0]: readonly number[]): void {
  const [low1, low2] = [code.scratch(0), code.scratch(1)];
  const [high1, high2] = [code.scratch(2), code.scratch(3)];
  code.get(a).get(b).shuffleWords([0, 4, 1, 5]).set(low1);
  code.get(c).get(d).shuffleWords([0, 4, 1, 5]).set(low2);
  code.get(a).get(b).shuffleWords([2, 6, 3, 7]).set(high1);
  code.get(c).get(d).shuffleWords([2, 6, 3, 7]).set(high2);
  code.get(low1).get(low2).shuffleWords([0, 1, 4, 5]).set(a);
  code.get(low1).get(low2).shuffleWords([2, 3, 6, 7]).set(b);
  code.get(high1).get(high2).shuffleWords([0, 1, 4, 5]).set(c);
  code.get(high1).get(high2).shuffleWords([2, 3, 6, 7]).set(d);
}
