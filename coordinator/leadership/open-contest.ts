import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { startThread } from '../../common/service/start-thread.js';
import type { LeaseHolder } from './lease-entry.js';
import { hungAfterMs } from './lease-terms.js';
import type { LeaseThreadData } from './lease-thread.js';
import { SignOfLife } from './life.js';
import { ThreadContest } from './thread-contest.js';
import type { LeaseThread } from './thread-contest.js';

/** What the contest takes from its process; `clock` is the machine's. */
interface ContestParts {
  readonly me: LeaseHolder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** It keeps little, and less garbage. */
const LIMITS = { maxYoungGenerationSizeMb: 4 };

/**
 * Opens the contest for leadership of a cluster, kept by a thread of its own with a connection of its own. Throws `HeadframeError`, with
 * nothing left open: for servers that do not answer, refuse, or are unfit for it. `hungMs` is how long this thread may stand still
 * before the lease is left to run out.
 */
export async function openContest(
  { store }: Pick<CoordinatorConfig, 'store'>,
  { me, clock, logger }: ContestParts,
  hungMs = hungAfterMs(store.jetstream.leadershipTtlMs),
): Promise<ThreadContest> {
  const { leadershipTtlMs: ttlMs } = store.jetstream;
  const life = new SignOfLife(clock);
  life.give();
  const data: LeaseThreadData = { store, me, ttlMs, hungMs, life: life.memory };
  const contest = new ThreadContest(startLeaseThread(data), { me, clock, logger, life }, ttlMs);
  try {
    await contest.opened();
    return contest;
  } catch (error) {
    await contest.close();
    throw error;
  }
}

function startLeaseThread(data: LeaseThreadData): LeaseThread {
  const worker = startThread('./lease-thread', import.meta.url, data, LIMITS);
  return {
    send: (message) => {
      worker.postMessage(message);
    },
    listen: (onMessage, onEnd) => {
      worker.on('message', onMessage);
      worker.on('error', onEnd);
      worker.on('exit', () => onEnd(undefined));
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}
