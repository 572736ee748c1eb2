import { WatchFleetResponseSchema } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetChange } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { encodeMessage } from '../../common/rpc/index.js';
import type { Encoded } from '../../common/rpc/index.js';
import type { FleetPort } from '../fleet/port.js';
import { commitBatches } from './commit-batches.js';
import { readDurably } from './durably.js';
import { FleetChanges } from './fleet-changes.js';
import type { WatchScope } from './fleet-changes.js';
import { inTurn } from './in-turn.js';
import { mergeCommits } from './merge-commits.js';
import type { Views } from './views.js';
import { SIGN_PERIOD_MS } from './watch-feed.js';
import type { FedCommits } from './watch-feed.js';
import type { WatchFeeds } from './watch-feeds.js';

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

/** A message for all who watch the same. */
type FedMessage = Encoded<typeof WatchFleetResponseSchema>;
type Told = WatchMessage | FedMessage;

/**
 * The fleet as it changes: from revision 0 all there is, then changes; else changes after that revision. Records are
 * merged, the latest counts, and nothing is told before it is durable. The revision is taken before the state is read, so
 * that nothing falls between state and changes; what changes while the state is sent may be told twice.
 */
export function watchFleet(
  parts: WatchParts & { readonly feeds: WatchFeeds<FedMessage> },
  fromRevision: number,
  scope: WatchScope,
  signal: AbortSignal,
): AsyncIterable<Told> {
  const reader = new FleetChanges(parts.fleet, parts.views, scope);
  const following = {
    key: keyOf(scope),
    tell: (fed: FedCommits) => encodePages(reader, fed),
    readOn: (from: number, upTo: number) => readOn(parts, reader, { told: from, target: from, upTo }, signal),
  };
  return inTurn(begin(parts, reader, fromRevision, signal), (told) => parts.feeds.follow(following, told, signal));
}

/** The same for a watch that shares with nobody. */
export async function* watchAlone(
  parts: WatchParts,
  fromRevision: number,
  scope: WatchScope,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, void, undefined> {
  const reader = new FleetChanges(parts.fleet, parts.views, scope);
  const told = yield* begin(parts, reader, fromRevision, signal);
  yield* readOn(parts, reader, { told, target: told, upTo: Infinity }, signal);
}

/** Tells what there was when the watch began; answers the revision that it has come to. */
async function* begin(
  parts: WatchParts,
  reader: FleetChanges,
  fromRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, number, undefined> {
  const { revision: target } = await readDurably(parts.fleet, () => undefined);
  if (fromRevision === 0) for await (const changes of reader.state()) yield { revision: 0n, changes, synced: false };
  const told = fromRevision === 0 ? target : fromRevision;
  if (told !== target) return yield* readOn(parts, reader, { told, target, upTo: target }, signal);
  yield { revision: BigInt(told), changes: [], synced: true };
  return told;
}

/** Reads by itself until it has told everything up to a revision; answers the one it came to. */
async function* readOn(
  { fleet, clock }: WatchParts,
  reader: FleetChanges,
  { told: from, target, upTo }: { readonly told: number; readonly target: number; readonly upTo: number },
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, number, undefined> {
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
    if (told >= upTo) break;
  }
  return told;
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

/** Those who are held to the same namespaces see the same. */
function keyOf({ miners, instances, hosts, miner, sight }: WatchScope): string {
  return JSON.stringify([miners, instances, hosts, miner, sight.namespaces]);
}

function encodePages(reader: FleetChanges, { commits, from, revision, isDue }: FedCommits): FedMessage[] {
  const pages = reader.pages(mergeCommits(commits));
  if (pages.length === 0 && isDue) pages.push([]);
  const messages = messagesOf(pages, { told: from, revision, synced: false });
  return [...messages].map((message) => encodeMessage(WatchFleetResponseSchema, message));
}
