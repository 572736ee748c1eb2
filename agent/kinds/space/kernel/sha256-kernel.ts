import { ConstantPool } from './constant-pool.js';
import { FREE, LAYOUT } from './kernel-layout.js';
import { loadRows, storeState } from './lane-rows.js';
import { LaneRounds } from './sha256-lanes.js';
import type { Word } from './sha256-lanes.js';
import { INITIAL_STATE } from './sha256-words.js';
import { WasmCode } from './wasm-code.js';
import { wasmModule } from './wasm-module.js';
import type { WasmExport } from './wasm-module.js';

const PAGE_BYTES = 65_536;
/** What ends a message (FIPS 180-4, section 5.1.1). */
const MARK = 0x80000000;
const [LEAF_BITS, LEAF_NODE_BITS, PARENT_BITS, SCORE_BITS] = [72 * 8, 33 * 8, 65 * 8, 64 * 8];
const [LEAF_TAG, NODE_TAG] = [0x00, 0x01];
const LANES = 4;

/** One kernel while it is written: its code, its constants, and locals for a working state and the state before it. */
class Writer {
  readonly code: WasmCode;
  readonly rounds: LaneRounds;
  readonly pool: ConstantPool;
  readonly #working: readonly number[];
  readonly #before: readonly number[];

  constructor(parameters: number, pool: ConstantPool) {
    this.code = new WasmCode(parameters);
    this.pool = pool;
    this.rounds = new LaneRounds(this.code, pool);
    this.#working = Array.from({ length: 8 }, () => this.code.local('v128'));
    this.#before = Array.from({ length: 8 }, () => this.code.local('v128'));
  }

  /** The state that a message begins with. */
  initialState(): void {
    INITIAL_STATE.forEach((word, at) => {
      this.pool.load(this.code, word);
      this.code.tee(this.#before[at] ?? 0).set(this.#working[at] ?? 0);
    });
  }

  /** A working state out of memory; `before` is what is added to it in the end. */
  stateAt(address: number, before: 'itself' | 'initial'): void {
    if (before === 'initial') this.initialState();
    this.#working.forEach((local, at) => {
      this.code.i32(0).loadSplat(address + 4 * at);
      if (before === 'itself') this.code.tee(this.#before[at] ?? 0);
      this.code.set(local);
    });
  }

  /** Does a block; the state after it stands where the one before it stood, for the next block. */
  block(words: readonly Word[], from = 0): void {
    const done = this.rounds.run({ words, state: this.#working, from });
    this.#before.forEach((before, at) => {
      this.code
        .get(done[at] ?? 0)
        .get(before)
        .op('add32')
        .set(before);
    });
    this.#before.forEach((before, at) => void this.code.get(before).set(this.#working[at] ?? 0));
  }

  /** The locals of the digests. */
  get digests(): readonly number[] {
    return this.#before;
  }

  /** 16 words out of what is known of them; the rest is zero. */
  words(known: Readonly<Record<number, Word>>): readonly Word[] {
    return Array.from({ length: 16 }, (_, at) => known[at] ?? { fixed: 0 });
  }

  /** Words of a block out of memory, big-endian, from word `first` on: rows of four, at `from + offset` and `stride` apart. */
  load(from: number, first: number, offset: number, stride: number): Record<number, Word> {
    const locals = [0, 1, 2, 3].map((at) => this.rounds.wordLocal(first + at));
    loadRows(this.code, { from, offset, stride, into: locals });
    return Object.fromEntries(locals.map((local, at) => [first + at, { local }]));
  }

  /** The words of the challenge, which the rounds before the ninth have taken in already. */
  challenge(): Record<number, Word> {
    const locals = Array.from({ length: 8 }, (_, at) => this.rounds.wordLocal(at));
    locals.forEach(
      (local, at) =>
        void this.code
          .i32(0)
          .loadSplat(LAYOUT.challenge + 4 * at)
          .set(local),
    );
    return Object.fromEntries(locals.map((local, at) => [at, { local }]));
  }

  /** Puts a tag before the bytes of word 0, whose first byte is of what stands before the message. */
  tag(value: number): void {
    const local = this.rounds.wordLocal(0);
    this.code.get(local);
    this.pool.load(this.code, 0x00ffffff);
    this.code.op('and');
    if (value !== 0) {
      this.pool.load(this.code, value << 24);
      this.code.op('or');
    }
    this.code.set(local);
  }

  /** A word of the last byte of a message at `offset + 3`, and the mark after it. */
  lastByte(from: number, word: number, offset: number, stride: number): Record<number, Word> {
    const local = this.rounds.wordLocal(word);
    this.pool.load(this.code, 0);
    this.code.set(local);
    // The byte is the highest of the four that are loaded, and it is the highest of the word.
    for (let lane = 0; lane < LANES; lane += 1) {
      this.code
        .get(from)
        .get(local)
        .loadLane(offset + lane * stride, lane)
        .set(local);
    }
    this.code.get(local);
    this.pool.load(this.code, 0xff000000);
    this.code.op('and');
    this.pool.load(this.code, MARK >>> 8);
    this.code.op('or').set(local);
    return { [word]: { local } };
  }
}

/** `leaves(to, end, low, high)`: leaves from `to` to `end`, four at a time, of the nonces from high:low on; low is a multiple of four. */
function leavesKernel(pool: ConstantPool): WasmExport {
  const [to, end, low, high] = [0, 1, 2, 3];
  const writer = new Writer(4, pool);
  const { code } = writer;
  code.loopWhileBelow(to, end, () => {
    writer.stateAt(LAYOUT.leafState, 'itself');
    const [first, second] = [writer.rounds.wordLocal(0), writer.rounds.wordLocal(1)];
    code.get(low).splat();
    pool.loadLanes(code, [0, 1, 2, 3]);
    code.op('add32').set(first);
    swapBytes(code, first);
    code.get(high).splat().set(second);
    swapBytes(code, second);
    const words = { 0: { local: first }, 1: { local: second }, 2: { fixed: MARK }, 15: { fixed: LEAF_BITS } };
    writer.block(writer.words(words));
    storeState(code, writer.digests, to);
    code.step(low, LANES).step(to, 32 * LANES);
  });
  return { name: 'leaves', code, hasResult: false };
}

/** `leafNodes(from, to, end)`: the nodes of level 0 over leaves, written from `to` to `end`. */
function leafNodesKernel(pool: ConstantPool): WasmExport {
  const [from, to, end] = [0, 1, 2];
  const writer = new Writer(3, pool);
  const { code } = writer;
  code.loopWhileBelow(to, end, () => {
    writer.initialState();
    // One byte back, as the tag stands before what is hashed.
    const words = {
      ...writer.load(from, 0, -1, 32),
      ...writer.load(from, 4, 15, 32),
      ...writer.lastByte(from, 8, 28, 32),
    };
    writer.tag(LEAF_TAG);
    writer.block(writer.words({ ...words, 15: { fixed: LEAF_NODE_BITS } }));
    storeState(code, writer.digests, to);
    code.step(from, 32 * LANES).step(to, 32 * LANES);
  });
  return { name: 'leafNodes', code, hasResult: false };
}

/** `parents(from, to, end)`: the nodes over pairs of nodes, written from `to` to `end`. */
function parentsKernel(pool: ConstantPool): WasmExport {
  const [from, to, end] = [0, 1, 2];
  const writer = new Writer(3, pool);
  const { code } = writer;
  code.loopWhileBelow(to, end, () => {
    writer.initialState();
    const rows = [0, 4, 8, 12].map((word) => writer.load(from, word, 4 * word - 1, 64));
    writer.tag(NODE_TAG);
    writer.block(writer.words(Object.assign({}, ...rows) as Record<number, Word>)); // of the rows alone
    writer.block(writer.words({ ...writer.lastByte(from, 0, 60, 64), 15: { fixed: PARENT_BITS } }));
    storeState(code, writer.digests, to);
    code.step(from, 64 * LANES).step(to, 32 * LANES);
  });
  return { name: 'parents', code, hasResult: false };
}

/** `scan(from, end, limit)`: the address of the first four leaves one of which has a score whose first word is at most `limit`, or the end. */
function scanKernel(pool: ConstantPool): WasmExport {
  const [from, end, limit] = [0, 1, 2];
  const writer = new Writer(3, pool);
  const { code } = writer;
  code.loopWhileBelow(from, end, () => {
    writer.stateAt(LAYOUT.scoreState, 'initial');
    const words = { ...writer.challenge(), ...writer.load(from, 8, 0, 32), ...writer.load(from, 12, 16, 32) };
    writer.block(writer.words(words), 8);
    writer.block(writer.words({ 0: { fixed: MARK }, 15: { fixed: SCORE_BITS } }));
    code
      .get(writer.digests[0] ?? 0)
      .get(limit)
      .splat()
      .op('le32')
      .anyTrue()
      .returnIf(from);
    code.step(from, 32 * LANES);
  });
  code.get(from);
  return { name: 'scan', code, hasResult: true };
}

/** `spread(from, to, end)`: leaves from `from` on, each into the second half of 64 bytes from `to` on. */
function spreadKernel(): WasmExport {
  const [from, to, end] = [0, 1, 2];
  const code = new WasmCode(3);
  code.loopWhileBelow(to, end, () => {
    for (const half of [0, 16])
      code
        .get(to)
        .get(from)
        .load(half)
        .store(32 + half);
    code.step(from, 32).step(to, 64);
  });
  return { name: 'spread', code, hasResult: false };
}

/** The bytes of the module with all kernels; the same at each call. */
export function kernelModule(): Uint8Array<ArrayBuffer> {
  const pool = new ConstantPool(LAYOUT.constants);
  const functions = [leavesKernel, leafNodesKernel, parentsKernel, scanKernel].map((kernel) => kernel(pool));
  const data = pool.bytes();
  if (LAYOUT.constants + data.length > FREE) throw new RangeError('the constants reach into what callers use');
  return wasmModule({
    functions: [...functions, spreadKernel()],
    data,
    dataAt: LAYOUT.constants,
    pages: FREE / PAGE_BYTES,
  });
}

/** Turns the bytes of each word of a local around. */
function swapBytes(code: WasmCode, local: number): void {
  code.get(local).get(local).shuffle([3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]).set(local);
}
