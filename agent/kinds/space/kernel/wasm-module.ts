import { leb } from './wasm-code.js';
import type { WasmCode } from './wasm-code.js';

/** A function that a module offers: it takes and gives integers of 32 bits. */
export interface WasmExport {
  readonly name: string;
  readonly code: WasmCode;
  readonly hasResult: boolean;
}

/** What a module is made of. */
export interface WasmParts {
  readonly functions: readonly WasmExport[];
  /** Bytes that stand in memory from the start, from `dataAt` on. */
  readonly data: Uint8Array;
  readonly dataAt: number;
  /** Of 64 KiB each. */
  readonly pages: number;
}

const [I32, FUNCTION_TYPE, END, I32_CONST] = [0x7f, 0x60, 0x0b, 0x41];
const SECTION = { type: 1, function: 3, memory: 5, export: 7, code: 10, data: 11 } as const;
const HEAD = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** The bytes of a module (WebAssembly 2.0, section 5.5) that exports its functions, and its memory as `memory`. */
export function wasmModule({ functions, data, dataAt, pages }: WasmParts): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ code, hasResult }) => [
    FUNCTION_TYPE,
    ...vector(Array.from({ length: code.parameters }, () => [I32])),
    ...vector(hasResult ? [[I32]] : []),
  ]);
  const exported = functions.map(({ name }, at) => [...text(name), 0, ...leb(at)]);
  const segment = [0, I32_CONST, ...leb(dataAt), END, ...leb(data.length), ...data];
  return Uint8Array.from([
    ...HEAD,
    ...section('type', vector(types)),
    ...section('function', vector(functions.map((_, at) => leb(at)))),
    ...section('memory', vector([[0, ...leb(pages)]])),
    ...section('export', vector([...exported, [...text('memory'), 2, 0]])),
    ...section('code', vector(functions.map(({ code }) => code.body()))),
    ...section('data', vector([segment])),
  ]);
}

function section(name: keyof typeof SECTION, content: readonly number[]): number[] {
  return [SECTION[name], ...leb(content.length)].concat(content);
}

function vector(items: readonly (readonly number[])[]): number[] {
  return leb(items.length).concat(...items);
}

function text(value: string): number[] {
  const bytes = [...Buffer.from(value)];
  return [...leb(bytes.length), ...bytes];
}
