import { join } from 'node:path';
import { nodeDisk, systemProcesses } from '../../../common/disk/index.js';
import type { Disk, Processes } from '../../../common/disk/index.js';
import { HeadframeError } from '../../../common/model/error.js';
import { writeDurably } from './durable-file.js';
import { inspectStore } from './inspection.js';
import type { Finding } from './inspection.js';
import { requireWhole } from './move-standing.js';
import { lockStore } from './store-lock.js';
import { planRepair } from './repair-plan.js';
import type { RepairPlan } from './repair-plan.js';
import { requirePresent } from './require-present.js';
import { SegmentWriter } from './segment-writer.js';

/** Where a repair puts what it takes out, and the world it works in. */
export interface RepairOptions {
  /** Gets the damaged files as they were; nothing is ever deleted. */
  readonly backupFolder: string;
  readonly disk?: Disk;
  readonly processes?: Processes;
}

/** What a repair did. */
export interface RepairReport {
  /** Revision of the store now. */
  readonly revision: number;
  /** Revisions after it that were found and could not be kept. */
  readonly lostRevisions: number;
  readonly problems: readonly Finding[];
  /** Names of the files now in the backup folder. */
  readonly moved: readonly string[];
}

/**
 * Keeps every commit before the first damage and moves the rest aside; without damage it changes nothing. Throws
 * `HeadframeError`: failed_precondition while a coordinator runs, data_loss when nothing can be kept. Stopped half-way,
 * it can be run again.
 */
export async function repairStore(folder: string, options: RepairOptions): Promise<RepairReport> {
  const { disk = nodeDisk, processes = systemProcesses(), backupFolder } = options;
  await requirePresent(folder, 'store_missing', () => disk.list(folder));
  const lock = await lockStore(disk, folder, processes);
  try {
    await requireWhole(disk, folder);
    const inspection = await inspectStore(disk, folder);
    const plan = planRepair(inspection);
    if (plan === undefined || inspection.files.restoring) throw hopelessError(folder);
    if (plan.problems.length > 0) await carryOut(disk, { folder, backupFolder }, plan);
    return {
      revision: plan.revision,
      lostRevisions: Math.max(0, plan.seenRevision - plan.revision),
      problems: plan.problems,
      moved: plan.problems.length === 0 ? [] : movedNames(plan),
    };
  } finally {
    await lock.release();
  }
}

// In this order the store refuses to start until all is done, and the highest epoch stays there to be found again.
async function carryOut(
  disk: Disk,
  { folder, backupFolder }: { readonly folder: string; readonly backupFolder: string },
  plan: RepairPlan,
): Promise<void> {
  await disk.makeFolder(backupFolder);
  if (plan.cut !== undefined) {
    const bytes = await disk.read(join(folder, plan.cut.name));
    await writeDurably(disk, backupFolder, plan.cut.name, [bytes]);
    await writeDurably(disk, folder, plan.cut.name, [bytes.subarray(0, plan.cut.bytes)]);
  }
  const segment = await SegmentWriter.create(disk, folder, plan.next);
  await segment.close();
  for (const name of plan.moves) {
    await writeDurably(disk, backupFolder, name, [await disk.read(join(folder, name))]);
    await disk.remove(join(folder, name));
    await disk.syncFolder(folder);
  }
}

function movedNames({ cut, moves }: RepairPlan): readonly string[] {
  return cut === undefined ? moves : [cut.name, ...moves];
}

function hopelessError(folder: string): HeadframeError {
  return new HeadframeError({
    code: 'data_loss',
    reason: 'store_beyond_repair',
    message: `${folder} holds neither a whole snapshot nor the beginning of the journal`,
    remedy: 'Run `headframe store restore` with a backup.',
    metadata: { file: folder },
  });
}
