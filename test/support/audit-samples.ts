import { silentLogger } from '../../common/observe/logger.js';
import type { Disk } from '../../common/disk/index.js';
import { AuditLog } from '../../coordinator/security/audit/index.js';
import type { AuditFacts } from '../../coordinator/security/audit/entry.js';
import type { AuditLimits } from '../../coordinator/security/audit/log-files.js';
import { verifyLog } from '../../coordinator/security/audit/verify.js';
import type { Verification } from '../../coordinator/security/audit/verify.js';
import { ManualClock } from './manual-clock.js';

/** Where the logs of tests lie. */
export const AUDIT_SAMPLE_FOLDER = '/data/audit';

/** Files that end after a few entries. */
export const SMALL_FILES: AuditLimits = { fileBytes: 1500, files: 100, maxAgeMs: undefined };

const yieldTurn = (): Promise<void> => Promise.resolve();

/** What is recorded of an apply, but for what a test is about. */
export function sampleFacts(facts: Partial<AuditFacts> = {}): AuditFacts {
  return {
    ...{ atMs: 1000, role: 'operator', name: 'ada', credential: '01ab', peer: '10.0.0.1:5000', count: 1 },
    ...{ method: '/headframe.v1.FleetService/ApplyMiners', target: 'miner/alpha', outcome: 'ok', reason: '' },
    requestId: 'r1',
    ...facts,
  };
}

/** Opens the log of a disk. */
export function openAuditLog(disk: Disk, limits = SMALL_FILES, clock = new ManualClock()): Promise<AuditLog> {
  return AuditLog.open({ disk, folder: AUDIT_SAMPLE_FOLDER, clock, logger: silentLogger, yieldTurn }, limits);
}

/** Records these, one write each. */
export async function recordAll(log: AuditLog, targets: readonly string[]): Promise<void> {
  for (const target of targets) await log.record(sampleFacts({ target }));
}

/** What a look through the log of a disk comes to. */
export async function verdictOf(disk: Disk, known?: { sequence: number; hash: string }): Promise<Verification> {
  let last: Verification | undefined;
  const parts = { disk, folder: AUDIT_SAMPLE_FOLDER, yieldTurn };
  for await (const verification of verifyLog(parts, known)) last = verification;
  if (last === undefined) throw new Error('there was no verdict');
  return last;
}
