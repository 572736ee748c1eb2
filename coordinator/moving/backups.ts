import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import { Closers } from '../closers.js';
import { backupHoldings, openClusterEnd, readBackup, restoreInto } from '../store/index.js';
import type { BackupReport, MoveReport } from '../store/index.js';
import { yieldTurn } from '../yield-turn.js';
import { holdLease } from './hold-lease.js';
import type { MovingParts } from './migrate.js';

type BackupParts = Pick<MovingParts, 'logger' | 'signal' | 'tell'>;

/**
 * Writes all that the configured cluster holds as one file; its coordinators may run meanwhile. Throws `HeadframeError`: not_found where
 * there is no such cluster, already_exists when the file is there, data_loss at damage.
 */
export async function backupCluster(
  config: Pick<CoordinatorConfig, 'store'>,
  file: string,
  { logger, signal }: BackupParts,
): Promise<BackupReport> {
  const { end, close } = await openClusterEnd(config, { logger, signal });
  try {
    return await backupHoldings(await end.readWhole(), file);
  } finally {
    await close();
  }
}

/**
 * Brings a backup of either store into the configured cluster, whose coordinators are stopped. Throws `HeadframeError`: not_found or
 * data_loss for a backup that is not there or damaged; failed_precondition while a coordinator leads ('cluster_led'); and as
 * `restoreInto` does.
 */
export async function restoreCluster(
  config: Pick<CoordinatorConfig, 'store'>,
  { file, force }: { readonly file: string; readonly force: boolean },
  { logger, signal, tell }: BackupParts,
): Promise<MoveReport> {
  const holdings = await readBackup(file);
  const closers = new Closers();
  try {
    const { end, close } = await openClusterEnd(config, { logger, signal });
    closers.add(close);
    tell('taking the lease of leadership in NATS');
    const lease = await holdLease(config, { logger, signal });
    closers.add(() => lease.close());
    const clock = { newId: randomUUID, nowMs: () => systemClock.nowMs(), yieldTurn };
    const from = { kind: 'backup', where: basename(file) } as const;
    return await restoreInto({ from, holdings, to: end, force, check: lease.check, tell, ...clock });
  } finally {
    await closers.close();
  }
}
