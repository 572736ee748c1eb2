import { isBelow } from '../format/difficulty.js';
import { LEAF_BYTES } from '../format/leaf.js';
import type { KernelBest, SpaceKernel } from './kernel.js';
import { FREE, LAYOUT } from './kernel-layout.js';
import { NodeKernel } from './node-kernel.js';
import { blockWords, compress, INITIAL_STATE, runRounds } from './sha256-words.js';
import { webAssembly } from './web-assembly.js';
import type { WasmMemory, WasmModule } from './web-assembly.js';

/** Digests of inputs of 64 bytes each, one after the other. */
export type Hash64 = (input: Uint8Array, output: Uint8Array) => void;

/** What the module offers, by the comments of its kernels. */
interface Exports {
  readonly memory: WasmMemory;
  leaves(to: number, end: number, low: number, high: number): void;
  leafNodes(from: number, to: number, end: number): void;
  parents(from: number, to: number, end: number): void;
  scan(from: number, end: number, limit: number): number;
  spread(from: number, to: number, end: number): void;
}

const LANES = 4;
const PAGE_BYTES = 65_536;
const WORD = 2 ** 32;
const [PAIR_BYTES, CHALLENGE_ROUNDS] = [2 * LEAF_BYTES, 8];
/** Leaves that go to the native hash at once. */
const BATCH = 4096;
const SCRATCH_BYTES = BATCH * (PAIR_BYTES + LEAF_BYTES);

/** Four hashes at a time by SIMD of WebAssembly; scores by native code, where that is given. What does not fill four lanes is hashed one by one. */
export class WasmKernel implements SpaceKernel {
  readonly name: 'wasm' | 'native';
  readonly memory: Buffer;
  readonly start: number;
  readonly #exports: Exports;
  readonly #slow: NodeKernel;
  readonly #hash64: Hash64 | undefined;

  /** Of a module of `kernelModule`, with `bytes` of memory for callers. */
  constructor(module: WasmModule, bytes: number, hash64: Hash64 | undefined) {
    // The module is our own: its exports are those of `kernelModule`.
    this.#exports = instantiate(module) as Exports;
    this.name = hash64 === undefined ? 'wasm' : 'native';
    this.start = FREE + (hash64 === undefined ? 0 : SCRATCH_BYTES);
    // Pages that nobody touches take no memory.
    this.#exports.memory.grow(Math.ceil((this.start - FREE + bytes) / PAGE_BYTES));
    this.memory = Buffer.from(this.#exports.memory.buffer);
    this.#slow = new NodeKernel(this.memory);
    this.#hash64 = hash64;
  }

  bindPlot(minerKey: Uint8Array, plotSeed: Uint8Array): void {
    this.#slow.bindPlot(minerKey, plotSeed);
    this.#writeWords(LAYOUT.leafState, compress(INITIAL_STATE, Buffer.concat([minerKey, plotSeed])));
  }

  leaves(to: number, count: number, nonce: number): void {
    let at = 0;
    while (at < count) {
      const low = (nonce + at) % WORD;
      const lead = Math.min(count - at, (LANES - (low % LANES)) % LANES);
      // Up to a multiple of four one by one; then until the lower half of the nonce would run over.
      const bulk = whole(Math.min(count - at - lead, WORD - low - lead));
      const alone = lead > 0 || bulk === 0 ? Math.max(lead, Math.min(count - at, 1)) : 0;
      if (alone > 0) this.#slow.leaves(to + at * LEAF_BYTES, alone, nonce + at);
      else this.#bulkLeaves(to + at * LEAF_BYTES, bulk, nonce + at);
      at += alone > 0 ? alone : bulk;
    }
  }

  leafNodes(from: number, to: number, count: number): void {
    const bulk = whole(count);
    if (bulk > 0) this.#exports.leafNodes(from, to, to + bulk * LEAF_BYTES);
    this.#slow.leafNodes(from + bulk * LEAF_BYTES, to + bulk * LEAF_BYTES, count - bulk);
  }

  parents(from: number, to: number, count: number): void {
    const bulk = whole(count);
    if (bulk > 0) this.#exports.parents(from, to, to + bulk * LEAF_BYTES);
    this.#slow.parents(from + bulk * PAIR_BYTES, to + bulk * LEAF_BYTES, count - bulk);
  }

  bindChallenge(challenge: Uint8Array): void {
    this.#slow.bindChallenge(challenge);
    const words = blockWords(Buffer.concat([challenge, Buffer.alloc(LEAF_BYTES)]));
    this.#writeWords(LAYOUT.challenge, words.slice(0, CHALLENGE_ROUNDS));
    this.#writeWords(LAYOUT.scoreState, runRounds(INITIAL_STATE, words, CHALLENGE_ROUNDS));
    if (this.#hash64 === undefined) return;
    for (let at = 0; at < BATCH; at += 1) this.memory.set(challenge, FREE + at * PAIR_BYTES);
  }

  best(from: number, count: number, below: Uint8Array | undefined): KernelBest | undefined {
    const bulk = whole(count);
    const found = this.#hash64 ? this.#bestNative(from, bulk, below) : this.#bestByLanes(from, bulk, below);
    const rest = this.#slow.best(from + bulk * LEAF_BYTES, count - bulk, found?.score ?? below);
    return rest === undefined ? found : { at: bulk + rest.at, score: rest.score };
  }

  #bulkLeaves(to: number, count: number, nonce: number): void {
    this.#exports.leaves(to, to + count * LEAF_BYTES, (nonce % WORD) | 0, Math.floor(nonce / WORD));
  }

  /** The lanes tell only where the first word of a score is not above that of the best: who that is, is looked at one by one. */
  #bestByLanes(from: number, count: number, below: Uint8Array | undefined): KernelBest | undefined {
    const end = from + count * LEAF_BYTES;
    let best: KernelBest | undefined;
    for (let at = from; at < end; at += LANES * LEAF_BYTES) {
      at = this.#exports.scan(at, end, firstWord(best?.score ?? below) | 0);
      if (at >= end) break;
      const found = this.#slow.best(at, LANES, best?.score ?? below);
      if (found !== undefined) best = { at: (at - from) / LEAF_BYTES + found.at, score: found.score };
    }
    return best;
  }

  #bestNative(from: number, count: number, below: Uint8Array | undefined): KernelBest | undefined {
    let best: KernelBest | undefined;
    for (let at = 0; at < count; at += BATCH) {
      const size = Math.min(BATCH, count - at);
      const scores = this.#scores(from + at * LEAF_BYTES, size);
      const found = lowest(scores, best?.score ?? below);
      if (found !== undefined) best = { at: at + found.at, score: found.score };
    }
    return best;
  }

  #scores(from: number, count: number): Buffer {
    const pairs = this.memory.subarray(FREE, FREE + count * PAIR_BYTES);
    const out = FREE + BATCH * PAIR_BYTES;
    const scores = this.memory.subarray(out, out + count * LEAF_BYTES);
    this.#exports.spread(from, FREE, FREE + count * PAIR_BYTES);
    this.#hash64?.(pairs, scores);
    return scores;
  }

  #writeWords(address: number, words: readonly number[]): void {
    words.forEach((word, at) => this.memory.writeUInt32LE(word, address + 4 * at));
  }
}

function instantiate(module: WasmModule): unknown {
  if (webAssembly === undefined) throw new TypeError('this Node has no WebAssembly');
  return new webAssembly.Instance(module).exports;
}

/** The first of the lowest among scores, if it is strictly below a limit. */
function lowest(scores: Buffer, below: Uint8Array | undefined): KernelBest | undefined {
  let best: KernelBest | undefined;
  let limit = below;
  let most = limit?.[0] ?? 255;
  for (let at = 0; at < scores.length; at += LEAF_BYTES) {
    // Nearly all end here.
    if ((scores[at] ?? 0) > most) continue;
    const score = scores.subarray(at, at + LEAF_BYTES);
    if (limit !== undefined && !isBelow(score, limit)) continue;
    best = { at: at / LEAF_BYTES, score: Buffer.from(score) };
    limit = best.score;
    most = limit[0] ?? 255;
  }
  return best;
}

function whole(count: number): number {
  return count - (count % LANES);
}

function firstWord(score: Uint8Array | undefined): number {
  return score === undefined ? WORD - 1 : Buffer.from(score).readUInt32BE(0);
}
