import { existsSync, realpathSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the prover's program is started, and what it reads. */
export interface ProverProgram {
  readonly args: readonly string[];
  /** The release that this agent is of, and its libraries where they lie elsewhere. */
  readonly release: readonly string[];
}

/** The program's file is beside this one, compiled or not as this one is; reading what is not compiled takes a library. */
export function proverProgram(): ProverProgram {
  const kind = extname(import.meta.url);
  const program = fileURLToPath(new URL(`./prover-process${kind}`, import.meta.url));
  const root = rootOf(program);
  const libraries = join(root, 'node_modules');
  const isLinked = existsSync(libraries) && realpathSync(libraries) !== join(realpathSync(root), 'node_modules');
  return {
    args: [...(kind === '.ts' ? ['--import', `${libraries}/tsx/dist/loader.mjs`] : []), program],
    release: isLinked ? [root, realpathSync(libraries)] : [root],
  };
}

/** The nearest folder above with a package. */
function rootOf(path: string): string {
  const folder = dirname(path);
  return folder === path || existsSync(join(folder, 'package.json')) ? folder : rootOf(folder);
}
