import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's root folder, seen from the sources and from dist/ alike. */
export const ROOT: string = findRoot(import.meta.dirname);

/** The compiled `headframe` program. */
export const HEADFRAME_PROGRAM: string = join(ROOT, 'dist/coordinator/cli/main.js');

/** The example miners. */
export const EXAMPLES: string = join(ROOT, 'deploy/examples');

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('deploy/quickstart lies in no package');
  return findRoot(parent);
}
