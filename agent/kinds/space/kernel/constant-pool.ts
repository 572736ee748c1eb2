import type { WasmCode } from './wasm-code.js';

/** Constants of a module in its memory, each once, with all four lanes: to load them from there is cheaper than to make them. */
export class ConstantPool {
  readonly #places = new Map<string, number>();
  readonly #start: number;

  /** `start` is the address of the first one. */
  constructor(start: number) {
    this.#start = start;
  }

  /** Leaves a constant on the stack, modulo 2^32, in all lanes. */
  load(code: WasmCode, value: number): void {
    this.loadLanes(code, [value, value, value, value]);
  }

  /** Leaves four constants on the stack. */
  loadLanes(code: WasmCode, lanes: readonly [number, number, number, number]): void {
    const key = lanes.map((value) => value >>> 0).join();
    const place = this.#places.get(key) ?? this.#start + 16 * this.#places.size;
    this.#places.set(key, place);
    code.i32(0).load(place);
  }

  /** What stands in memory from `start` on. */
  bytes(): Uint8Array {
    const words = [...this.#places.keys()].flatMap((key) => key.split(',').map(Number));
    const bytes = Buffer.alloc(4 * words.length);
    words.forEach((word, at) => bytes.writeUInt32LE(word, 4 * at));
    return bytes;
  }
}
