import { parentPort, workerData } from 'node:worker_threads';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import { Leadership } from './leadership.js';
import { openLeaseOf } from './lease-of-config.js';
import type { LeaseHolder } from './lease-entry.js';
import { SignOfLife } from './life.js';
import { hungWatch } from './hung-watch.js';
import { factsOf } from './thread-messages.js';
import type { FromThread, ToThread } from './thread-messages.js';
import { threadLogger } from './thread-logger.js';
import { ThreadSide } from './thread-side.js';

/** What the thread that keeps the lease is started with. */
export interface LeaseThreadData {
  readonly store: CoordinatorConfig['store'];
  readonly me: LeaseHolder;
  /** Length of the lease, in milliseconds. */
  readonly ttlMs: number;
  /** After so long without a sign of life from whoever acts for it, the lease is left to run out; in milliseconds. */
  readonly hungMs: number;
  /** Of the `SignOfLife`. */
  readonly life: SharedArrayBuffer;
}

const port = parentPort;
if (port === null) throw new Error('this is started as a thread');
const tell = (message: FromThread): void => {
  port.postMessage(message);
};
// Given by `openContest`.
await serve(workerData as LeaseThreadData).catch((error: unknown) => {
  tell({ kind: 'refused', why: factsOf(toHeadframeError(error)) });
  port.close();
});

/** Takes part in the contest for whoever has started the thread, until that has it closed. */
async function serve({ store, me, ttlMs, hungMs, life }: LeaseThreadData): Promise<void> {
  const logger = threadLogger(tell);
  const clock = systemClock;
  const lease = await openLeaseOf({ store }, logger);
  const isHung = hungWatch(new SignOfLife(clock, life), { hungMs, logger });
  const { bucket } = lease;
  const onChange = (): void => {
    side.changed();
  };
  const side: ThreadSide = new ThreadSide(new Leadership({ bucket, me, clock, logger, isHung, onChange }, ttlMs), tell);
  port?.on('message', (message: ToThread) => {
    if (message.kind !== 'close') side.hear(message);
    else void lease.close().finally(() => port.close());
  });
  tell({ kind: 'opened' });
}
