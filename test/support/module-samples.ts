import { extract } from '../../coordinator/kinds/module/extract/index.js';
import { analyse } from '../../coordinator/kinds/module/registry/analysis.js';
import type { Analysis } from '../../coordinator/kinds/module/registry/index.js';

/** What is found in a module of these files. */
export function analysisOf(files: Readonly<Record<string, string>>): Promise<Analysis> {
  const all = Object.entries(files).map(([path, text]) => ({ path, executable: false, content: Buffer.from(text) }));
  return analyse(all, extract);
}
