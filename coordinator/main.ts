import { randomUUID } from 'node:crypto';
import type { CoordinatorConfig } from '../common/config/index.js';
import { systemClock } from '../common/model/clock.js';
import { toHeadframeError } from '../common/model/error.js';
import { programVersion } from '../common/model/version.js';
import { openLog } from '../common/observe/logger.js';
import { openCoordinator } from './coordinator.js';
import { keepNotified, reloadAtHangUp } from '../common/service/index.js';
import { openSharedOf } from './shared/index.js';
import { openStore } from './store/index.js';

/** Exit code of a coordinator that cannot go on, as after its disk has failed: EX_SOFTWARE of sysexits.h. */
const EXIT_FAILED = 70;

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
  const { store, mayLose } = openStore(config, logger);
  const shared = await openSharedOf(config, { logger, clock: systemClock, signal });
  const coordinator = await openCoordinator(config, {
    shared: shared?.parts,
    store,
    mayLose,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    version: programVersion(),
    logger,
    credentialsFolder: process.env['CREDENTIALS_DIRECTORY'],
  }).catch(async (error: unknown) => {
    await shared?.close();
    throw error;
  });
  const own = new AbortController();
  const stand = () => ({ isReady: true, text: `listening at ${coordinator.address}` });
  const notified = keepNotified(
    { env: process.env, pid: process.pid, stand, clock: systemClock, logger },
    AbortSignal.any([signal, own.signal]),
  );
  const refresh = (): Promise<void> => coordinator.reloadPolicy();
  reloadAtHangUp({ hangUps: process, config, load, refresh, log }, AbortSignal.any([signal, own.signal]));
  const failure = await Promise.race([coordinator.failed, aborted(signal)]);
  own.abort();
  if (failure === undefined) logger.info('asked to stop');
  else logger.fatal({ err: failure, remedy: toHeadframeError(failure).remedy }, 'the coordinator cannot go on');
  await coordinator.stop();
  await shared?.close();
  await notified;
  return failure === undefined ? 0 : EXIT_FAILED;
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
