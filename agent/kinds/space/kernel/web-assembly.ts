/** A compiled module; it can be handed to other threads. */
export type WasmModule = object;

/** What of WebAssembly is used; the types of Node leave it out. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule) => { readonly exports: unknown };
}

/** Memory of a module, in pages of 64 KiB; each growth gives it another buffer. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** WebAssembly of this Node; undefined where it runs without. */
export const webAssembly: WebAssemblyApi | undefined =
  // Standard (WebAssembly JavaScript Interface 2.0), and only its types are missing.
  (globalThis as unknown as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
