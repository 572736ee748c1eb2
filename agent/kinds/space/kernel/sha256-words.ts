/** Of SHA-256 (FIPS 180-4, section 4.2.2): the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
export const ROUND_CONSTANTS = fractions(64, Math.cbrt);
/** FIPS 180-4, section 5.3.3: the same of the square roots of the first eight. */
export const INITIAL_STATE = fractions(8, Math.sqrt);

/** A state after some rounds over a block: its eight words. */
export type State = readonly number[];

const ROUNDS = 64;

/** The 16 words of a block of 64 bytes. */
export function blockWords(block: Uint8Array): number[] {
  const view = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  return Array.from({ length: 16 }, (_, at) => view.readUInt32BE(4 * at));
}

/** The word at place `t` of the schedule, 16 or more, out of those before it (FIPS 180-4, section 6.2.2). */
export function scheduled(words: readonly number[], t: number): number {
  const at = (back: number): number => words[t - back] ?? 0;
  return (smallSigma1(at(2)) + at(7) + smallSigma0(at(15)) + at(16)) >>> 0;
}

/** The working state after the first `rounds` rounds over words, without the state before added: for blocks that begin alike. */
export function runRounds(state: State, words: readonly number[], rounds: number): State {
  const schedule = [...words];
  let working = [...state];
  for (let t = 0; t < rounds; t += 1) {
    if (t >= 16) schedule.push(scheduled(schedule, t));
    working = round(working, ((schedule[t] ?? 0) + (ROUND_CONSTANTS[t] ?? 0)) >>> 0);
  }
  return working;
}

/** The state after a whole block. */
export function compress(state: State, block: Uint8Array): State {
  const worked = runRounds(state, blockWords(block), ROUNDS);
  return state.map((word, at) => (word + (worked[at] ?? 0)) >>> 0);
}

function round([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0]: State, input: number): number[] {
  const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
  const first = (h + sum1 + ((e & f) ^ (~e & g)) + input) >>> 0;
  const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
  const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
  return [(first + second) >>> 0, a, b, c, (d + first) >>> 0, e, f, g];
}

function smallSigma0(word: number): number {
  return rotated(word, 7) ^ rotated(word, 18) ^ (word >>> 3);
}

function smallSigma1(word: number): number {
  return rotated(word, 17) ^ rotated(word, 19) ^ (word >>> 10);
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function fractions(count: number, root: (value: number) => number): readonly number[] {
  const found: number[] = [];
  for (let candidate = 2, primes: number[] = []; found.length < count; candidate += 1) {
    if (primes.some((prime) => candidate % prime === 0)) continue;
    primes = [...primes, candidate];
    const value = root(candidate);
    found.push(Math.floor((value - Math.floor(value)) * 2 ** 32));
  }
  return found;
}
