import { randomUUID } from 'node:crypto';
import type { CoordinatorConfig } from '../common/config/index.js';
import { systemClock } from '../common/model/clock.js';
import { toHeadframeError } from '../common/model/error.js';
import { programVersion } from '../common/model/version.js';
import { openLog } from '../common/observe/logger.js';
import type { Logger } from '../common/observe/logger.js';
import { ClusterRun } from './cluster-run.js';
import type { ClusterParts } from './cluster-run.js';
import { Closers } from './closers.js';
import { openCoordinator } from './coordinator.js';
import type { CoordinatorParts } from './coordinator.js';
import { keepNotified, reloadAtHangUp } from '../common/service/index.js';
import { openContest } from './leadership/index.js';
import type { Refusal } from './leadership/index.js';
import { openSharedOf } from './shared/index.js';
import { openStore, openStoreTail } from './store/index.js';
import type { WitnessPlace } from './store/index.js';

/** Exit code of a coordinator that cannot go on, as after its disk has failed: EX_SOFTWARE of sysexits.h. */
const EXIT_FAILED = 70;

/** A coordinator that runs, alone or among others. */
interface Running {
  /** How it stands, for people. */
  readonly text: () => string;
  reloadPolicy(): Promise<void>;
  /** Resolves with why it cannot go on, and with nothing after the signal; either way `close` comes next. */
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/**
 * Runs a coordinator over its folder until the signal, and resolves with the exit code: 0 when it was asked to end, 70 when
 * it could not go on. At SIGHUP it reads again, by `load`, what can be without a restart. Throws `HeadframeError` when it
 * cannot start.
 */
export async function runCoordinator(
  config: CoordinatorConfig,
  load: () => CoordinatorConfig,
  signal: AbortSignal,
): Promise<number> {
  const log = openLog({ program: 'coordinator', ...config.log });
  const { logger } = log;
  const running = await start(config, logger, signal);
  const own = new AbortController();
  const stand = () => ({ isReady: true, text: running.text() });
  const notified = keepNotified(
    { env: process.env, pid: process.pid, stand, clock: systemClock, logger },
    AbortSignal.any([signal, own.signal]),
  );
  const refresh = (): Promise<void> => running.reloadPolicy();
  reloadAtHangUp({ hangUps: process, config, load, refresh, log }, AbortSignal.any([signal, own.signal]));
  const failure = await running.ended;
  own.abort();
  if (failure === undefined) logger.info('asked to stop');
  else logger.fatal({ err: failure, remedy: toHeadframeError(failure).remedy }, 'the coordinator cannot go on');
  await running.close();
  await notified;
  return failure === undefined ? 0 : EXIT_FAILED;
}

async function start(config: CoordinatorConfig, logger: Logger, signal: AbortSignal): Promise<Running> {
  const closers = new Closers();
  try {
    const shared = await openSharedOf(config, { logger, clock: systemClock, signal });
    if (shared !== undefined) closers.add(() => shared.close());
    const parts = {
      ...{ clock: systemClock, random: Math.random, newId: randomUUID, version: programVersion(), logger },
      credentialsFolder: process.env['CREDENTIALS_DIRECTORY'],
    };
    if (shared === undefined) return await startAlone(config, { ...parts, ...openStore(config, logger) }, signal);
    const { witness } = shared.parts;
    return await startAmongOthers(config, { ...parts, shared: shared.parts }, { closers, signal, witness });
  } catch (error) {
    // Why it cannot start matters more.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

async function startAlone(config: CoordinatorConfig, parts: CoordinatorParts, signal: AbortSignal): Promise<Running> {
  const coordinator = await openCoordinator(config, parts);
  return {
    text: () => `listening at ${coordinator.address}`,
    reloadPolicy: () => coordinator.reloadPolicy(),
    ended: Promise.race([coordinator.failed, aborted(signal)]),
    close: () => coordinator.stop(),
  };
}

/** One that shares its store leads, or stands by to lead, until the signal. */
async function startAmongOthers(
  config: CoordinatorConfig,
  parts: Omit<ClusterParts, 'contest' | 'openStore'>,
  {
    closers,
    signal,
    witness,
  }: { readonly closers: Closers; readonly signal: AbortSignal; readonly witness: WitnessPlace },
): Promise<Running> {
  const { cluster } = config.store.jetstream;
  const advertise = config.advertise ?? config.listen;
  const { logger } = parts;
  const me = { id: parts.newId(), address: advertise, takesForwarded: true };
  const contest = await openContest(config, { ...parts, me });
  closers.add(() => contest.close());
  const openTail = () => openStoreTail(config, logger);
  const openShared = (refusal: Refusal) => openStore(config, logger, { refusal, witness });
  const opened = { ...parts, contest, openTail, openStore: openShared };
  const run = new ClusterRun(config, opened, { cluster, advertise });
  await run.open();
  return {
    text: () => run.text,
    reloadPolicy: () => run.reloadPolicy(),
    ended: run.run(signal),
    close: () => closers.close(),
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve(undefined);
    };
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
