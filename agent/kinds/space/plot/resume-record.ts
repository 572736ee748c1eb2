import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { sha256 } from '../../../../common/challenge/digest.js';
import { hasCode, writeWhole } from '../../../../common/disk/index.js';
import type { FolderState } from '../format/merkle.js';
import { chunkLevel } from './plot-plan.js';
import type { PlotPlan } from './plot-plan.js';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.object({
  body: z.object({
    format: z.literal(1),
    ...{ minerKey: hash, plotSeed: hash },
    leafCount: z.number().int().positive(),
    topLevels: z.number().int().nonnegative(),
    counts: z.array(z.number().int().nonnegative()).max(64),
    pending: z.array(hash.nullable()).max(64),
  }),
  checksum: hash,
});

/** How far a plot had come when its making ended, without what was not yet on stable storage. */
export interface ResumeRecord {
  readonly plan: PlotPlan;
  /** Of the nodes of the level of chunks: the first count is that of the chunks written. */
  readonly state: FolderState;
}

/** Writes the record durably; the chunks that it counts must be on stable storage. */
export async function writeResume(path: string, { plan, state }: ResumeRecord): Promise<void> {
  const body = {
    format: 1 as const,
    ...{ minerKey: plan.minerKey.toString('hex'), plotSeed: plan.plotSeed.toString('hex') },
    ...{ leafCount: plan.leafCount, topLevels: plan.topLevels, counts: state.counts },
    pending: state.pending.map((node) => node?.toString('hex') ?? null),
  };
  await writeWhole(path, JSON.stringify({ body, checksum: checksumOf(body) }));
}

/** Reads the record; undefined where there is none, or where it is damaged or does not fit together: the plot is begun anew then. */
export async function readResume(path: string): Promise<ResumeRecord | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  const read = text === undefined ? undefined : shape.safeParse(parsed(text)).data;
  if (read === undefined || checksumOf(read.body) !== read.checksum) return undefined;
  const { minerKey, plotSeed, leafCount, topLevels, counts, pending } = read.body;
  const plan = { minerKey: Buffer.from(minerKey, 'hex'), plotSeed: Buffer.from(plotSeed, 'hex'), leafCount, topLevels };
  const state = { counts, pending: pending.map((node) => (node === null ? undefined : Buffer.from(node, 'hex'))) };
  return isConsistent(plan, state) ? { plan, state } : undefined;
}

/** Whether each level has half the nodes of the one below it, and whether a left node waits where their number is odd. */
function isConsistent({ leafCount }: PlotPlan, { counts, pending }: FolderState): boolean {
  const most = Math.ceil(leafCount / 2 ** chunkLevel(leafCount));
  if (counts.length === 0 || counts.length !== pending.length || (counts[0] ?? 0) >= most) return false;
  return counts.every((count, at) => {
    const above = counts[at + 1] ?? 0;
    return above === Math.floor(count / 2) && (pending[at] !== undefined) === (count % 2 === 1);
  });
}

function checksumOf(body: object): string {
  return sha256(Buffer.from(JSON.stringify(body))).toString('hex');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut short: the same as none.
    return undefined;
  }
}
