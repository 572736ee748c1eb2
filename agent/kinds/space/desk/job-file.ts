import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { hasCode, writeWhole } from '../../../../common/disk/index.js';
import type { PlotJob } from './plot-word.js';

/** Jobs that are over and still told. */
const MOST_OVER = 100;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const shape = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(['make', 'check']),
    path: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'ended']),
    ...{ doneBytes: count, totalBytes: count, bytesPerS: z.number().nonnegative() },
    leftS: z.number().nonnegative().optional(),
    ...{ reason: z.string(), text: z.string(), createdAtMs: z.number(), endedAtMs: z.number() },
    making: z
      .object({ minerKey: hex, plotSeed: hex, leafCount: count.positive(), cacheLevels: count.max(20) })
      .optional(),
  }),
);

/** Whether nothing is to be done for a job any more. */
export function isOver({ state }: Pick<PlotJob, 'state'>): boolean {
  return state !== 'waiting' && state !== 'running';
}

/** Reads the jobs; a file that is damaged is set aside: plots in the making are then made by asking again. */
export async function readJobs(path: string): Promise<readonly PlotJob[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '[]';
    throw error;
  });
  const read = shape.safeParse(parsed(text)).data;
  if (read === undefined) await rename(path, `${path}.corrupt`);
  return read ?? [];
}

/** Writes the jobs durably; of those that are over the last hundred. */
export async function writeJobs(path: string, jobs: readonly PlotJob[]): Promise<void> {
  await writeWhole(path, JSON.stringify(jobs));
}

/** Without those that were over first. */
export function keptJobs(jobs: readonly PlotJob[]): readonly PlotJob[] {
  const over = jobs.filter(isOver).sort((a, b) => b.endedAtMs - a.endedAtMs);
  const gone = new Set(over.slice(MOST_OVER));
  return jobs.filter((job) => !gone.has(job));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut short or overwritten: no jobs can be read out of it.
    return undefined;
  }
}
