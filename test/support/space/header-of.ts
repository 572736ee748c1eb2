import { decodePlotHeader } from '../../../agent/kinds/space/format/plot-header.js';
import type { PlotHeader } from '../../../agent/kinds/space/format/plot-header.js';
import { readFile } from 'node:fs/promises';

/** The header of a small plot on disk. */
export async function headerOf(path: string): Promise<PlotHeader> {
  const bytes = await readFile(path);
  return decodePlotHeader(bytes.subarray(0, 121), bytes.length);
}
