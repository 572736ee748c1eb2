import { sha256 } from '../../../../common/challenge/digest.js';
import type { KernelName, SpaceKernel } from './kernel.js';
import { NodeKernel } from './node-kernel.js';
import { kernelModule } from './sha256-kernel.js';
import { WasmKernel } from './wasm-kernel.js';
import type { Hash64 } from './wasm-kernel.js';
import { webAssembly } from './web-assembly.js';
import type { WasmModule } from './web-assembly.js';

/** Compiles the kernels; undefined where this machine or this Node has no SIMD for WebAssembly. Can be handed to other threads. */
export function compileKernels(): WasmModule | undefined {
  const bytes = kernelModule();
  return webAssembly?.validate(bytes) === true ? new webAssembly.Module(bytes) : undefined;
}

/** Opens the fastest kernel that runs here, at most as fast as `most`, with `bytes` of memory for the caller. */
export async function openKernel(
  module: WasmModule | undefined,
  bytes: number,
  most: KernelName = 'native',
): Promise<SpaceKernel> {
  if (module === undefined || most === 'node') return new NodeKernel(bytes);
  return new WasmKernel(module, bytes, most === 'native' ? await loadHash64() : undefined);
}

/** The native hash where the library has one for this machine, and where it hashes right. */
async function loadHash64(): Promise<Hash64 | undefined> {
  try {
    const { hashInto } = await import('@chainsafe/hashtree');
    const [input, output] = [Buffer.alloc(64, 1), Buffer.alloc(32)];
    hashInto(input, output);
    return output.equals(sha256(input)) ? hashInto : undefined;
  } catch {
    // Not built for this machine: WebAssembly does it.
    return undefined;
  }
}
