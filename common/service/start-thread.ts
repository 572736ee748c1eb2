import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ResourceLimits } from 'node:worker_threads';

/** What Node is started with to run the program of a name beside a module, compiled or not as that one is. */
export function programBeside(name: string, beside: string): readonly string[] {
  const kind = extname(beside);
  const file = fileURLToPath(new URL(`${name}${kind}`, beside));
  return kind === '.ts' ? ['--import', pathToFileURL(join(libraryOf(beside), 'loader.mjs')).href, file] : [file];
}

/**
 * Starts a thread over the file of a name beside a module, compiled or not as that one is: `./plot-thread` beside `import.meta.url`.
 * What is not compiled takes a library, which threads do not have of their parent.
 */
export function startThread(name: string, beside: string, data: object, resourceLimits: ResourceLimits = {}): Worker {
  const kind = extname(beside);
  const file = new URL(`${name}${kind}`, beside);
  if (kind !== '.ts') return new Worker(file, { workerData: data, resourceLimits });
  const library = join(libraryOf(beside), 'esm/api/index.mjs');
  const steps = `({ register }) => { register(); return import(${JSON.stringify(file.href)}); }`;
  const start = `import(${JSON.stringify(pathToFileURL(library).href)}).then(${steps})`;
  return new Worker(start, { eval: true, workerData: data, resourceLimits });
}

/** Of what reads files that are not compiled. */
function libraryOf(beside: string): string {
  return join(dirname(createRequire(beside).resolve('tsx/package.json')), 'dist');
}
