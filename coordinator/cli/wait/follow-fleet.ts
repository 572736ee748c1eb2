import type { WatchFleetResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Invocation } from '../invocation.js';

/** Time before a watch that was cut is taken up again, in milliseconds. */
const RETRY_MS = 1000;

/** What is watched: one miner with its instances, or all of them for ''. */
export interface Scope {
  readonly miner: string;
  readonly signal: AbortSignal;
}

/** A response of the watch; `restarted` when it begins with the present state anew. */
export interface Followed {
  readonly restarted: boolean;
  readonly response: WatchFleetResponse;
}

/** Where a watch is. */
interface Cursor {
  /** Revision to resume after; 0 for the present state. */
  fromRevision: bigint;
  answered: boolean;
}

/**
 * Watches the fleet from its present state on, across restarts of the coordinator: once it has answered, a lost
 * connection is taken up again where it was cut. Ends only by its signal or an error that trying again cannot mend.
 */
export async function* followFleet(call: Invocation, scope: Scope): AsyncGenerator<Followed, void, undefined> {
  const cursor: Cursor = { fromRevision: 0n, answered: false };
  for (;;) {
    try {
      yield* watchOnce(call, scope, cursor);
    } catch (error) {
      recover(cursor, error);
    }
    await call.world.clock.sleep(RETRY_MS, scope.signal);
  }
}

async function* watchOnce(
  call: Invocation,
  { miner, signal }: Scope,
  cursor: Cursor,
): AsyncGenerator<Followed, void, undefined> {
  const { fleet } = await call.connect();
  const { fromRevision } = cursor;
  let restarted = fromRevision === 0n;
  for await (const response of fleet.watchFleet({ fromRevision, miner, miners: true, instances: true }, { signal })) {
    yield { restarted, response };
    restarted = false;
    cursor.answered = true;
    // Before the present state is complete there is nothing to resume from.
    if (response.synced || cursor.fromRevision > 0n) cursor.fromRevision = response.revision;
  }
}

/** Makes the cursor ready for the next try; rethrows what that cannot mend. */
function recover(cursor: Cursor, error: unknown): void {
  const code = error instanceof HeadframeError ? error.code : undefined;
  // Too old a revision: the present state is listed again.
  if (code === 'out_of_range') cursor.fromRevision = 0n;
  else if (code !== 'unavailable' || !cursor.answered) throw error;
}
