import { scoreOf } from '../format/challenge.js';
import { isBelow } from '../format/difficulty.js';
import { LEAF_BYTES, leafOf } from '../format/leaf.js';
import { leafNode, parentNode } from '../format/merkle.js';
import type { KernelBest, SpaceKernel } from './kernel.js';

/** Hashes one by one by node:crypto: where nothing faster runs, and what the others are measured by. */
export class NodeKernel implements SpaceKernel {
  readonly name = 'node';
  readonly memory: Buffer;
  readonly start = 0;
  #minerKey: Uint8Array = Buffer.alloc(LEAF_BYTES);
  #plotSeed: Uint8Array = Buffer.alloc(LEAF_BYTES);
  #challenge: Uint8Array = Buffer.alloc(LEAF_BYTES);

  /** Over memory that is given, or over `bytes` of new memory. */
  constructor(memory: Buffer | number) {
    this.memory = typeof memory === 'number' ? Buffer.alloc(memory) : memory;
  }

  bindPlot(minerKey: Uint8Array, plotSeed: Uint8Array): void {
    this.#minerKey = Uint8Array.from(minerKey);
    this.#plotSeed = Uint8Array.from(plotSeed);
  }

  leaves(to: number, count: number, nonce: number): void {
    for (let at = 0; at < count; at += 1) {
      this.memory.set(leafOf(this.#minerKey, this.#plotSeed, BigInt(nonce + at)), to + at * LEAF_BYTES);
    }
  }

  leafNodes(from: number, to: number, count: number): void {
    for (let at = 0; at < count; at += 1) {
      this.memory.set(leafNode(this.#item(from, at)), to + at * LEAF_BYTES);
    }
  }

  parents(from: number, to: number, count: number): void {
    for (let at = 0; at < count; at += 1) {
      this.memory.set(parentNode(this.#item(from, 2 * at), this.#item(from, 2 * at + 1)), to + at * LEAF_BYTES);
    }
  }

  bindChallenge(challenge: Uint8Array): void {
    this.#challenge = Uint8Array.from(challenge);
  }

  best(from: number, count: number, below: Uint8Array | undefined): KernelBest | undefined {
    let best: KernelBest | undefined;
    for (let at = 0; at < count; at += 1) {
      const score = scoreOf(this.#challenge, this.#item(from, at));
      const limit = best?.score ?? below;
      if (limit === undefined || isBelow(score, limit)) best = { at, score };
    }
    return best;
  }

  #item(from: number, at: number): Buffer {
    const start = from + at * LEAF_BYTES;
    return this.memory.subarray(start, start + LEAF_BYTES);
  }
}
