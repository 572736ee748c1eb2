import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Extraction } from '../../kinds/module/extract/index.js';
import type { Invocation } from '../invocation.js';
import type { Registrar, Runner } from '../runner.js';
import { addModulePackages } from './module-packages.js';
import { addModuleRegistry } from './module-registry.js';
import { usageError } from '../usage-error.js';
import { extractionView } from '../views/extraction.js';

/** `modules …`. */
export const addModules: Registrar = (program, run) => {
  const modules = program
    .command('modules')
    .description('Keep the repositories that miners and validators of subnets are run from, and look into them.');
  addModuleRegistry(modules, run);
  addModulePackages(modules, run);
  addInspect(modules, run);
};

function addInspect(modules: Command, run: Runner): void {
  modules
    .command('inspect')
    .description(
      "Tell what a module's source lets its operator set, how it is started and what is wrong with it. Reads a folder of this machine, runs nothing of it and asks no coordinator.",
    )
    .argument('<folder>', "the module's source, such as a clone of its repository")
    .action(run((call, folder: string) => inspect(call, folder)));
}

async function inspect(call: Invocation, folder: string): Promise<void> {
  const extraction = await extractionOf(folder, call.signal);
  await call.printer.plain(
    () => extraction,
    (viewing) => extractionView(extraction, viewing),
  );
}

async function extractionOf(folder: string, signal: AbortSignal): Promise<Extraction> {
  // The parsers weigh more than all other commands together.
  const { extract, readFolder } = await import('../../kinds/module/extract/index.js');
  const files = await readFolder(resolve(folder), signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw usageError(
      'folder_unreadable',
      `cannot read ${folder}: ${cause instanceof Error ? cause.message : ''}`,
      'Name a folder with the source of a module.',
    );
  });
  return extract(files);
}
