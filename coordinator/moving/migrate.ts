import { randomUUID } from 'node:crypto';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { Closers } from '../closers.js';
import { openAuthorityMove } from '../security/index.js';
import type { AuthorityMove, AuthorityWay } from '../security/index.js';
import { openSharedOf } from '../shared/index.js';
import type { Shared } from '../shared/index.js';
import { cutRefusal, decodeWitness, moveStore, openClusterEnd, openFolderEnd, previewMove } from '../store/index.js';
import type { Holdings, MoveReport, WitnessPlace } from '../store/index.js';
import { yieldTurn } from '../yield-turn.js';
import { moveContents } from './contents-move.js';
import { holdLease } from './hold-lease.js';
import { moveMachineKeys } from './machine-keys-move.js';

/** What a command of moves takes from its process. */
export interface MovingParts {
  readonly logger: Logger;
  /** `$CREDENTIALS_DIRECTORY` of systemd, where there is one. */
  readonly credentialsFolder: string | undefined;
  readonly signal: AbortSignal;
  /** Told of each step. */
  readonly tell: (step: string) => void;
}

/** What is wanted. */
export interface MigrateOrder {
  readonly to: 'jetstream' | 'lowdb';
  /** Looks at everything, and changes nothing. */
  readonly dryRun: boolean;
}

/** What a migration did, or would do. */
export interface MigrateReport extends MoveReport {
  readonly dryRun: boolean;
  /** What was carried over beside the records; undefined where that was not looked at, as in a dry run. */
  readonly carried: Carried | undefined;
}

/** What was carried over beside the records. */
export interface Carried {
  readonly authority: boolean;
  readonly contents: number;
  /** Digests of contents that were gone or damaged before. */
  readonly lostContents: readonly string[];
  readonly machineKeys: number;
}

/**
 * Moves the fleet of a coordinator that is stopped between its folder and the cluster that its settings name. Throws `HeadframeError` where
 * that cannot be: failed_precondition while a coordinator runs on either side ('store_locked', 'cluster_led'), for servers or a key
 * that would not do, and as `moveStore` does.
 */
export async function migrateStore(
  config: CoordinatorConfig,
  order: MigrateOrder,
  parts: MovingParts,
): Promise<MigrateReport> {
  const closers = new Closers();
  try {
    return await migrate(config, order, parts, closers);
  } finally {
    await closers.close();
  }
}

async function migrate(
  config: CoordinatorConfig,
  { to, dryRun }: MigrateOrder,
  parts: MovingParts,
  closers: Closers,
): Promise<MigrateReport> {
  const { logger, signal, tell } = parts;
  const cluster = await openClusterEnd(config, { logger, signal });
  closers.add(() => cluster.close());
  const folder = await openFolderEnd(config.dataDir);
  closers.add(() => folder.close());
  const ends = to === 'jetstream' ? { from: folder.end, to: cluster.end } : { from: cluster.end, to: folder.end };
  const clock = { newId: randomUUID, nowMs: () => systemClock.nowMs(), yieldTurn };
  const way: AuthorityWay = to === 'jetstream' ? 'toCluster' : 'toFolder';
  if (dryRun) {
    await openAuthorityMove(config, parts, { place: undefined, way });
    if (to === 'jetstream') await cluster.judge();
    return { ...(await previewMove({ ...ends, ...clock, tell })), dryRun, carried: undefined };
  }
  tell('taking the lease of leadership in NATS');
  const lease = await holdLease(config, { logger, signal });
  closers.add(() => lease.close());
  const shared = await openSharedOf(
    { ...config, store: { ...config.store, kind: 'jetstream' } },
    { logger, clock: systemClock, signal },
  );
  if (shared === undefined) throw new Error('what a cluster shares is not opened');
  closers.add(() => shared.close());
  const authority = await openAuthorityMove(config, parts, { place: shared.parts.authorityPlace, way });
  let carried: Carried | undefined;
  const check = (): void => {
    signal.throwIfAborted();
    lease.check();
  };
  const belongings = async (holdings: Holdings): Promise<void> => {
    if (way === 'toFolder') await refuseCut(cluster.end.side.where, holdings, shared.parts.witness);
    carried = await carry(config, { holdings, authority, shared: shared.parts, way });
  };
  const report = await moveStore({ ...ends, ...clock, belongings, check, tell });
  return { ...report, dryRun, carried };
}

/** What NATS has lost of the journal would be lost for good by leaving it. Throws `HeadframeError` (data_loss, 'store_cut'). */
async function refuseCut(stream: string, { epoch, revision }: Holdings, witness: WitnessPlace): Promise<void> {
  const found = await witness.read();
  const cut = cutRefusal(found && decodeWitness(found.text), { stream, epoch, revision });
  if (cut !== undefined) throw cut;
}

async function carry(
  config: CoordinatorConfig,
  {
    holdings: { records },
    authority,
    shared,
    way,
  }: {
    readonly holdings: Holdings;
    readonly authority: AuthorityMove | undefined;
    readonly shared: Shared;
    readonly way: AuthorityWay;
  },
): Promise<Carried> {
  const { moved, lost } = await moveContents(config, { records, vault: shared.contentVault, way });
  const machineKeys = await moveMachineKeys(config.dataDir, shared.machineKeys, way);
  return {
    authority: (await authority?.carry()) ?? false,
    contents: moved,
    lostContents: lost,
    machineKeys,
  };
}
