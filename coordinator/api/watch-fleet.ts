import type { FleetChange } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import { commitBatches } from './commit-batches.js';
import { readDurably } from './durably.js';
import { FleetChanges } from './fleet-changes.js';
import type { WatchScope } from './fleet-changes.js';
import { mergeCommits } from './merge-commits.js';
import type { Views } from './views.js';

/** A message of a watch. */
export interface WatchMessage {
  /** Resume after this revision. */
  readonly revision: bigint;
  readonly changes: FleetChange[];
  /** The present state has been sent in full. */
  readonly synced: boolean;
}

/** The parts that a watch reads. */
export interface WatchParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly views: Views;
}

/** A watch whose scope nothing happens in still tells where it can be resumed, this often in milliseconds. */
const SIGN_PERIOD_MS = 5_000;

/**
 * The fleet as it changes: from revision 0 all there is, then changes; else changes after that revision. Records are
 * merged, the latest counts, and nothing is told before it is durable. The revision is taken before the state is read, so
 * that nothing falls between state and changes; what changes while the state is sent may be told twice.
 */
export async function* watchFleet(
  parts: WatchParts,
  fromRevision: number,
  scope: WatchScope,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, void, undefined> {
  const reader = new FleetChanges(parts.fleet, parts.views, scope);
  const { revision: target } = await readDurably(parts.fleet, () => undefined);
  if (fromRevision === 0) for await (const changes of reader.state()) yield { revision: 0n, changes, synced: false };
  const told = fromRevision === 0 ? target : fromRevision;
  if (told === target) yield { revision: BigInt(told), changes: [], synced: true };
  yield* follow(parts, reader, { told, target }, signal);
}

async function* follow(
  { fleet, clock }: WatchParts,
  reader: FleetChanges,
  { told: from, target }: { readonly told: number; readonly target: number },
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, void, undefined> {
  let told = from;
  let toldAtMs = clock.monotonicMs();
  for await (const commits of commitBatches({ fleet, clock }, from, signal)) {
    const revision = commits.at(-1)?.revision ?? told;
    const synced = told < target && revision >= target;
    const { value: pages } = await readDurably(fleet, () => reader.pages(mergeCommits(commits)));
    const isDue = synced || clock.monotonicMs() - toldAtMs >= SIGN_PERIOD_MS;
    if (pages.length === 0 && isDue) pages.push([]);
    if (pages.length > 0) toldAtMs = clock.monotonicMs();
    yield* messagesOf(pages, { told, revision, synced });
    told = revision;
  }
}

/** Only with the last page all changes up to the revision have been told. */
function* messagesOf(
  pages: readonly FleetChange[][],
  { told, revision, synced }: { readonly told: number; readonly revision: number; readonly synced: boolean },
): Generator<WatchMessage> {
  const last = pages.length - 1;
  for (const [index, changes] of pages.entries())
    yield { revision: BigInt(index === last ? revision : told), changes, synced: synced && index === last };
}
