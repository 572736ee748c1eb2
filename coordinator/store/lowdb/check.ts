import { hasCode, nodeDisk } from '../../../common/disk/index.js';
import type { ReadableDisk } from '../../../common/disk/index.js';
import { inspectStore } from './inspection.js';
import type { Finding } from './inspection.js';
import { requireWhole } from './move-standing.js';
import { RESTORING_NAME } from './names.js';
import { readStore } from './read-store.js';
import { planRepair } from './repair-plan.js';
import { requirePresent } from './require-present.js';

/** Something wrong with a store, and what helps. */
export interface StoreProblem extends Finding {
  readonly remedy: string;
}

/** What a store holds. */
export interface StoreCounts {
  readonly miners: number;
  readonly workloads: number;
  readonly hosts: number;
  readonly settings: number;
  readonly instances: number;
  /** Commits in the journal after the snapshot. */
  readonly journalCommits: number;
  readonly segments: number;
  readonly snapshots: number;
}

/** The outcome of a check. */
export interface StoreReport {
  readonly ok: boolean;
  readonly problems: readonly StoreProblem[];
  /** What a start would put right by itself, such as a torn write at the journal's end. */
  readonly warnings: readonly string[];
  /** Revision that a start, or a repair where there are problems, would reach. */
  readonly revision: number;
  /** Undefined where there are problems. */
  readonly counts: StoreCounts | undefined;
}

const REPAIR = 'Run `headframe store repair`: it keeps every commit before the damage and moves damaged files aside.';
const RESTORE = 'Run `headframe store restore` with a backup.';
const FINISH_RESTORE = 'Run `headframe store restore --force` again.';

/** Files that a running coordinator may replace between being listed and being read. */
const ATTEMPTS = 5;

/** Reads every file of a store through and changes nothing; the coordinator may be running meanwhile. Throws not_found without a folder. */
export async function checkStore(folder: string, disk: ReadableDisk = nodeDisk): Promise<StoreReport> {
  await requirePresent(folder, 'store_missing', () => disk.list(folder));
  return withRetries(() => checkOnce(disk, folder));
}

/** Runs `read` again when a file goes while a running coordinator replaces its files. */
export async function withRetries<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (thrown) {
      if (attempt === ATTEMPTS || !hasCode(thrown, 'ENOENT')) throw thrown;
    }
  }
}

async function checkOnce(disk: ReadableDisk, folder: string): Promise<StoreReport> {
  await requireWhole(disk, folder);
  const inspection = await inspectStore(disk, folder);
  const warnings = inspection.segments
    .filter(({ tornBytes }) => tornBytes > 0)
    .map(({ name, tornBytes }) => `${name}: ${String(tornBytes)} bytes of an unfinished write at its end`);
  if (inspection.files.restoring) {
    const unfinished = { file: RESTORING_NAME, offset: 0, what: 'a restore has not ended', remedy: FINISH_RESTORE };
    return { ok: false, problems: [unfinished], warnings, revision: 0, counts: undefined };
  }
  const plan = planRepair(inspection);
  if (plan === undefined || plan.problems.length > 0) {
    const found =
      plan?.problems ?? [...inspection.snapshots, ...inspection.segments].flatMap(({ damage }) => damage ?? []);
    const problems = found.map((finding) => ({ ...finding, remedy: plan === undefined ? RESTORE : REPAIR }));
    return { ok: false, problems, warnings, revision: plan?.revision ?? 0, counts: undefined };
  }
  return { ok: true, problems: [], warnings, ...(await countRecords(disk, folder)) };
}

async function countRecords(disk: ReadableDisk, folder: string): Promise<{ revision: number; counts: StoreCounts }> {
  const reading = await readStore(disk, folder, { commits: 0, changes: 0, bytes: 0 });
  const { documents, instances } = reading.mirror.freeze();
  const counts = {
    miners: documents.get('miner')?.size ?? 0,
    workloads: documents.get('workload')?.size ?? 0,
    hosts: documents.get('host')?.size ?? 0,
    settings: documents.get('setting')?.size ?? 0,
    instances: instances.count,
    journalCommits: reading.revision - (reading.snapshot?.start.revision ?? 0),
    segments: reading.files.segments.length,
    snapshots: reading.files.snapshots.length,
  };
  return { revision: reading.revision, counts };
}
