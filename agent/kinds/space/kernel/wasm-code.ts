/** Opcodes behind the prefix of SIMD (WebAssembly 2.0, section 5.4.8). */
const SIMD = {
  load: 0x00,
  loadSplat32: 0x09,
  store: 0x0b,
  shuffle: 0x0d,
  splat32: 0x11,
  le32: 0x3e,
  and: 0x4e,
  or: 0x50,
  xor: 0x51,
  anyTrue: 0x53,
  loadLane32: 0x56,
  shl32: 0xab,
  shr32: 0xad,
  add32: 0xae,
} as const;

type Binary = 'and' | 'or' | 'xor' | 'add32' | 'le32';
type ValueType = 'i32' | 'v128';

const TYPES = { i32: 0x7f, v128: 0x7b } as const;
const [LOOP, END, BRANCH_IF, RETURN, IF] = [0x03, 0x0b, 0x0d, 0x0f, 0x04];
const [LOCAL_GET, LOCAL_SET, LOCAL_TEE] = [0x20, 0x21, 0x22];
const [I32_CONST, I32_ADD, I32_LT_U] = [0x41, 0x6a, 0x49];
const [EMPTY_BLOCK, SIMD_PREFIX] = [0x40, 0xfd];
const LANES_32_LOG2 = 2;

/** The code of one function while it is written: values go over the stack, and each method adds instructions. */
export class WasmCode {
  readonly #code: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly #scratch: number[] = [];
  readonly parameters: number;

  /** All parameters are i32, and locals 0 … parameters − 1. */
  constructor(parameters: number) {
    this.parameters = parameters;
  }

  /** Number of a new local. */
  local(type: ValueType): number {
    return this.parameters + this.#locals.push(type) - 1;
  }

  get(local: number): this {
    return this.#add(LOCAL_GET, ...leb(local));
  }

  set(local: number): this {
    return this.#add(LOCAL_SET, ...leb(local));
  }

  tee(local: number): this {
    return this.#add(LOCAL_TEE, ...leb(local));
  }

  i32(value: number): this {
    return this.#add(I32_CONST, ...signedLeb(value));
  }

  /** Leaves an i32 local plus a constant on the stack. */
  address(local: number, offset: number): this {
    return this.get(local).i32(offset).#add(I32_ADD);
  }

  /** One of a few locals of four lanes that hold what is done with at once. */
  scratch(at: number): number {
    return (this.#scratch[at] ??= this.local('v128'));
  }

  /** Adds a constant to an i32 local. */
  step(local: number, by: number): this {
    return this.address(local, by).set(local);
  }

  /** Of two lanes-wise operands on the stack. */
  op(name: Binary): this {
    return this.#simd(SIMD[name]);
  }

  /** Shifts each lane by a constant, filling with zeros. */
  shift(name: 'shl32' | 'shr32', bits: number): this {
    return this.i32(bits).#simd(SIMD[name]);
  }

  /** Loads 16 bytes from the address on the stack plus `offset`. */
  load(offset: number): this {
    return this.#simd(SIMD.load, ...memory(0, offset));
  }

  /** Loads four bytes into all lanes. */
  loadSplat(offset: number): this {
    return this.#simd(SIMD.loadSplat32, ...memory(0, offset));
  }

  /** Address and vector on the stack: replaces a lane by four bytes of memory. */
  loadLane(offset: number, lane: number): this {
    return this.#simd(SIMD.loadLane32, ...memory(0, offset), lane);
  }

  /** Address and vector on the stack. */
  store(offset: number): this {
    return this.#simd(SIMD.store, ...memory(0, offset));
  }

  splat(): this {
    return this.#simd(SIMD.splat32);
  }

  anyTrue(): this {
    return this.#simd(SIMD.anyTrue);
  }

  /** Two vectors on the stack: 16 bytes out of their 32. */
  shuffle(bytes: readonly number[]): this {
    return this.#simd(SIMD.shuffle, ...bytes);
  }

  /** Two vectors on the stack: four words out of their eight. */
  shuffleWords(words: readonly number[]): this {
    return this.shuffle(words.flatMap((word) => [0, 1, 2, 3].map((byte) => (word << LANES_32_LOG2) + byte)));
  }

  /** Runs `body` again as long as local `at` is below local `end`, and once at least. */
  loopWhileBelow(at: number, end: number, body: () => void): this {
    this.#add(LOOP, EMPTY_BLOCK);
    body();
    return this.get(at).get(end).#add(I32_LT_U, BRANCH_IF, 0, END);
  }

  /** Returns the local if the i32 on the stack is not zero. */
  returnIf(local: number): this {
    return this.#add(IF, EMPTY_BLOCK).get(local).#add(RETURN, END);
  }

  /** The body as it stands in a module. */
  body(): number[] {
    const locals = this.#locals.flatMap((type) => [1, TYPES[type]]);
    const bytes = [...leb(this.#locals.length), ...locals, ...this.#code, END];
    return [...leb(bytes.length), ...bytes];
  }

  #simd(opcode: number, ...immediates: readonly number[]): this {
    return this.#add(SIMD_PREFIX, ...leb(opcode), ...immediates);
  }

  #add(...bytes: readonly number[]): this {
    for (const byte of bytes) this.#code.push(byte);
    return this;
  }
}

/** An unsigned integer in groups of seven bits. */
export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function signedLeb(value: number): number[] {
  const [low, rest] = [value & 0x7f, value >> 7];
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? [low] : [low | 0x80, ...signedLeb(rest)];
}

function memory(align: number, offset: number): number[] {
  return [align, ...leb(offset)];
}
