import { ROUND_CONSTANTS, scheduled } from './sha256-words.js';
import type { ConstantPool } from './constant-pool.js';
import type { WasmCode } from './wasm-code.js';

/** A word of four messages at once: the same constant in all, or a local of four lanes. */
export type Word = { readonly fixed: number } | { readonly local: number };

/** Where a block stands: its 16 words, and the locals of the working state, which the rounds change. */
export interface LaneBlock {
  readonly words: readonly Word[];
  readonly state: readonly number[];
  /** The first round to do; those before it are in the state already. */
  readonly from: number;
}

const ROUNDS = 64;
const [SUM_0, SUM_1] = [
  [2, 13, 22],
  [6, 11, 25],
] as const;
const [SIGMA_0, SIGMA_1] = [
  { rotate: [7, 18], shift: 3 },
  { rotate: [17, 19], shift: 10 },
] as const;

/** Writes the rounds of SHA-256 over four blocks at once, unrolled; words that are known are reckoned here and not there. */
export class LaneRounds {
  readonly #code: WasmCode;
  readonly #pool: ConstantPool;
  readonly #ring: readonly number[];
  readonly #both: readonly [number, number];

  constructor(code: WasmCode, pool: ConstantPool) {
    this.#code = code;
    this.#pool = pool;
    this.#ring = Array.from({ length: 16 }, () => code.local('v128'));
    this.#both = [code.local('v128'), code.local('v128')];
  }

  /** A local for the word at a place of a block; the schedule writes over it. */
  wordLocal(at: number): number {
    const local = this.#ring[at];
    if (local === undefined) throw new RangeError(`a block has 16 words, and no word ${String(at)}`);
    return local;
  }

  /** Does the rounds; gives the locals of the working state after them, a to h. */
  run({ words, state, from }: LaneBlock): readonly number[] {
    const ring = [...words];
    let letters = [...state];
    this.#prepareMajority(letters, from);
    for (let t = from; t < ROUNDS; t += 1) letters = this.#round(letters, this.#wordAt(ring, t), t);
    return letters;
  }

  #round(letters: readonly number[], word: Word, t: number): number[] {
    const [a = 0, b = 0, , d = 0, e = 0, f = 0, g = 0, h = 0] = letters;
    const code = this.#code;
    this.#addInput(h, word, t);
    this.#rotations(e, SUM_1);
    // Choose f or g by e, as g ^ (e & (f ^ g)).
    code.get(f).get(g).op('xor').get(e).op('and').get(g).op('xor');
    code.op('add32').op('add32').set(h);
    code.get(d).get(h).op('add32').set(d);
    code.get(h);
    this.#rotations(a, SUM_0);
    // The majority of a, b and c, as b ^ ((a ^ b) & (b ^ c)): what is a ^ b now is b ^ c in the next round.
    const [now, before] = t % 2 === 0 ? this.#both : [this.#both[1], this.#both[0]];
    code.get(a).get(b).op('xor').tee(now).get(before).op('and').get(b).op('xor');
    code.op('add32').op('add32').set(h);
    return [h, ...letters.slice(0, 7)];
  }

  #prepareMajority([, b = 0, c = 0]: readonly number[], from: number): void {
    const before = this.#both[from % 2 === 0 ? 1 : 0];
    this.#code.get(b).get(c).op('xor').set(before);
  }

  /** Leaves h + K + W on the stack. */
  #addInput(h: number, word: Word, t: number): void {
    const constant = ROUND_CONSTANTS[t] ?? 0;
    this.#code.get(h);
    if ('local' in word) this.#code.get(word.local).op('add32');
    this.#pool.load(this.#code, 'fixed' in word ? word.fixed + constant : constant);
    this.#code.op('add32');
  }

  /** The word of round `t`, made out of those before it from round 16 on; what it replaces is done with. */
  #wordAt(ring: Word[], t: number): Word {
    const slot = t % 16;
    if (t >= 16) ring[slot] = this.#schedule(ring, t);
    return ring[slot] ?? { fixed: 0 };
  }

  #schedule(ring: readonly Word[], t: number): Word {
    const back = (distance: number): Word => ring[(t - distance) % 16] ?? { fixed: 0 };
    const terms = [
      { word: back(16), sigma: undefined },
      { word: back(7), sigma: undefined },
      { word: back(15), sigma: SIGMA_0 },
      { word: back(2), sigma: SIGMA_1 },
    ];
    const open = terms.flatMap(({ word, sigma }) => ('local' in word ? [{ local: word.local, sigma }] : []));
    const known = scheduledOf(back);
    if (open.length === 0) return { fixed: known };
    open.forEach(({ local, sigma }, at) => {
      if (sigma === undefined) this.#code.get(local);
      else this.#sigma(local, sigma);
      if (at > 0) this.#code.op('add32');
    });
    if (known !== 0) {
      this.#pool.load(this.#code, known);
      this.#code.op('add32');
    }
    const local = this.wordLocal(t % 16);
    this.#code.set(local);
    return { local };
  }

  #rotations(local: number, [first, second, third]: readonly [number, number, number]): void {
    this.#rotated(local, first);
    this.#rotated(local, second);
    this.#code.op('xor');
    this.#rotated(local, third);
    this.#code.op('xor');
  }

  #sigma(local: number, { rotate, shift }: typeof SIGMA_0 | typeof SIGMA_1): void {
    this.#rotated(local, rotate[0]);
    this.#rotated(local, rotate[1]);
    this.#code.op('xor').get(local).shift('shr32', shift).op('xor');
  }

  #rotated(local: number, bits: number): void {
    const code = this.#code;
    code.get(local).shift('shr32', bits);
    code.get(local).shift('shl32', 32 - bits);
    code.op('or');
  }
}

/** What the known ones among the four words come to. */
function scheduledOf(back: (distance: number) => Word): number {
  const words = Array.from({ length: 16 }, (_, at) => {
    const word = back(16 - at);
    return 'fixed' in word ? word.fixed : 0;
  });
  return scheduled(words, 16);
}
