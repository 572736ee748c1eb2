import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import { countTouched } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';
import { readDurably } from './durably.js';

/** A reader hears at most this often, in milliseconds; what happens after a quiet time it hears at once. */
const PERIOD_MS = 20;
/** Changes in one batch, unless a single commit has more. */
const MOST_CHANGES = 10_000;

/**
 * Durable commits after a revision, as many at a time as have come since the last batch. Holds nothing while its reader is
 * busy, so a slow one costs no memory; one too slow for the fleet's ring gets its error. Ends with the signal.
 */
export async function* commitBatches(
  { fleet, clock }: { readonly fleet: FleetPort; readonly clock: Clock },
  afterRevision: number,
  signal: AbortSignal,
): AsyncGenerator<readonly StoreCommit[], void, undefined> {
  const commits = fleet.watch(afterRevision, signal)[Symbol.asyncIterator]();
  let durable = 0;
  const unfollow = fleet.onDurable(({ revision }) => (durable = revision));
  try {
    durable = (await readDurably(fleet, () => undefined)).revision;
    for (let quietUntilMs = -Infinity; ;) {
      const first = await commits.next();
      if (first.done === true) return;
      const waitMs = quietUntilMs - clock.monotonicMs();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      const batch = await drain(commits, first.value, () => durable);
      quietUntilMs = clock.monotonicMs() + PERIOD_MS;
      yield batch;
    }
  } finally {
    unfollow();
    await commits.return?.();
  }
}

/** Takes what is there already after `first`, without waiting for what is not. */
async function drain(
  commits: AsyncIterator<StoreCommit>,
  first: StoreCommit,
  durable: () => number,
): Promise<readonly StoreCommit[]> {
  const batch = [first];
  let size = countTouched(first.changes);
  for (let last = first; last.revision < durable() && size < MOST_CHANGES;) {
    const next = await commits.next();
    if (next.done === true) break;
    last = next.value;
    batch.push(last);
    size += countTouched(last.changes);
  }
  return batch;
}
