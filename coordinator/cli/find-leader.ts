import { CoordinatorRole } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { CoordinatorService } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { CoordinatorRoute } from '../../common/model/coordinator-route.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { jitterOf } from '../../common/model/jitter.js';
import type { Client } from '../../common/rpc/index.js';

/** A connection as far as its coordinator is asked how it stands. */
interface Asked {
  readonly coordinator: Pick<Client<typeof CoordinatorService>, 'getCoordinator'>;
  close(): void;
}

/** How coordinators are asked. */
interface Asking<T> {
  readonly at: (address: string) => Promise<T>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Another one takes over within seconds, so that a command waits for it rather than fail; in milliseconds. */
const PATIENCE_MS = 20_000;
const ANSWER_MS = 5_000;
const PAUSE_MS = 500;

/**
 * A connection to the one of these coordinators that leads. One that does not answer is left for the next, and one that names
 * another is believed where that is one of them; where it is none of them, it hands on what it is asked. Rejects with the last
 * failure when none leads in time.
 */
export async function findLeader<T extends Asked>(
  addresses: readonly string[],
  { at, clock, signal = new AbortController().signal }: Asking<T>,
): Promise<T> {
  const route = new CoordinatorRoute(addresses, false);
  const endMs = clock.monotonicMs() + PATIENCE_MS;
  for (let tries = 1; ; tries += 1) {
    const connection = await at(route.current);
    const error = await whyNot(connection, signal);
    if (error === undefined || isHandedOn(error, addresses)) return connection;
    connection.close();
    // What it refuses another would, too.
    if (error.code !== 'unavailable' && error.code !== 'deadline_exceeded') throw error;
    if (clock.monotonicMs() >= endMs || signal.aborted) throw error;
    const next = route.turn(error);
    // All of them once, then with pauses that grow.
    const isFirstRound = next === 'later' && tries < addresses.length;
    if (next !== 'now' && !isFirstRound) await clock.sleep(pauseMs(tries, clock.monotonicMs()), signal);
  }
}

/** Spread, for many commands may wait for the same. */
function pauseMs(tries: number, seed: number): number {
  const longestMs = Math.min(4, tries) * PAUSE_MS;
  return longestMs / 2 + (longestMs / 2) * jitterOf(Math.floor(seed));
}

async function whyNot({ coordinator }: Asked, signal: AbortSignal): Promise<HeadframeError | undefined> {
  try {
    const { role, leaderAddress } = await coordinator.getCoordinator({}, { timeoutMs: ANSWER_MS, signal });
    return role === CoordinatorRole.FOLLOWER ? follows(leaderAddress) : undefined;
  } catch (thrown) {
    const error = toHeadframeError(thrown);
    // One of a version that knew of no others leads alone.
    return error.code === 'unimplemented' ? undefined : error;
  }
}

/** Whether it follows somebody whom only it can call. */
function isHandedOn({ reason, metadata: { leader } }: HeadframeError, addresses: readonly string[]): boolean {
  return reason === 'not_leader' && leader !== undefined && !addresses.includes(leader);
}

function follows(leader: string): HeadframeError {
  const known = leader === '' ? 'it knows of none that does' : `${leader} does`;
  return new HeadframeError({
    code: 'unavailable',
    reason: 'not_leader',
    message: `the coordinator does not lead, ${known}`,
    remedy: 'Name all coordinators, with commas, and try again: another one leads within seconds.',
    metadata: leader === '' ? {} : { leader },
  });
}
