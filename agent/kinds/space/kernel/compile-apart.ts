import { startThread } from '../../../../common/service/start-thread.js';
import type { WasmModule } from './web-assembly.js';

/** Compiles the kernels like `compileKernels`, in a thread of its own: it takes a fifth of a second. Rejects where no thread can be started. */
export function compileApart(): Promise<WasmModule | undefined> {
  const worker = startThread('./kernel-thread', import.meta.url, {});
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread that compiles ended with ${String(code)}`)));
  });
}
