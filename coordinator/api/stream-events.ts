import { StreamEventsResponseSchema } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { StreamEventsRequest } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Event as WireEvent } from '../../common/gen/headframe/v1/event_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { FleetEvent } from '../../common/model/event.js';
import { encodeMessage } from '../../common/rpc/index.js';
import type { Encoded } from '../../common/rpc/index.js';
import { eventToWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { eventsOf } from '../fleet/index.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreCommit } from '../store/store.js';
import type { Scope } from './scope.js';
import { commitBatches } from './commit-batches.js';
import { readDurably } from './durably.js';
import { inTurn } from './in-turn.js';
import type { FedCommits } from './watch-feed.js';
import type { WatchFeeds } from './watch-feeds.js';

/** A message of events. */
interface EventsMessage {
  readonly events: WireEvent[];
}

/** A message for all who listen to the same. */
type FedMessage = Encoded<typeof StreamEventsResponseSchema>;

/** What events are read from. */
export interface EventsParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly feeds: WatchFeeds<FedMessage>;
}

/** What somebody asked for, and what of it they may see. */
interface Asked {
  readonly request: StreamEventsRequest;
  readonly scope: Scope;
}

const MOST_EVENTS = 500;

/**
 * Events after a revision, 0 for all that are kept; with `follow` also those to come, otherwise up to now. Throws
 * `HeadframeError` (out_of_range, 'revision_compacted') for a revision that is no longer kept.
 */
export function streamEvents(
  parts: EventsParts,
  asked: Asked,
  signal: AbortSignal,
): AsyncIterable<EventsMessage | FedMessage> {
  const { fleet, feeds } = parts;
  const isFollowed = asked.request.follow;
  const begun = begin(parts, asked, signal);
  if (!isFollowed) return begun;
  const readOn = (from: number, upTo: number) => readAlone(parts, asked, { from, upTo }, signal);
  const tell = ({ commits }: FedCommits): FedMessage[] =>
    [...messagesOf(fleet, commits, asked)].map((message) => encodeMessage(StreamEventsResponseSchema, message));
  const key = JSON.stringify(asked.scope.namespaces ?? null);
  return inTurn(begun, (told) =>
    isFiltered(asked.request) ? readOn(told, Infinity) : feeds.follow({ key, tell, readOn }, told, signal),
  );
}

/** Tells what there was when it began; answers the revision that it has come to. */
async function* begin(
  parts: EventsParts,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<EventsMessage, number, undefined> {
  const { afterRevision, follow } = asked.request;
  const { revision: target } = await readDurably(parts.fleet, () => undefined);
  const wanted = numberFromWire(afterRevision, 'after_revision');
  const from = wanted === 0 ? await oldestKept(parts.fleet) : wanted;
  if (from === target) return from;
  return yield* readAlone(parts, asked, { from, upTo: target, isLast: !follow }, signal);
}

/** Reads by itself until it has told everything up to a revision, and no more where that is the last; answers the one it came to. */
async function* readAlone(
  parts: EventsParts,
  asked: Asked,
  { from, upTo, isLast = false }: { readonly from: number; readonly upTo: number; readonly isLast?: boolean },
  signal: AbortSignal,
): AsyncGenerator<EventsMessage, number, undefined> {
  let told = from;
  for await (const commits of commitBatches(parts, from, signal)) {
    const wanted = isLast ? commits.filter(({ revision }) => revision <= upTo) : commits;
    yield* messagesOf(parts.fleet, wanted, asked);
    told = commits.at(-1)?.revision ?? told;
    if (told >= upTo) break;
  }
  return told;
}

/** Of those who ask for something there are few of each sort. */
function isFiltered({ miner, hostId, instance, namespace }: StreamEventsRequest): boolean {
  return miner !== '' || hostId !== '' || instance !== '' || namespace !== '';
}

/** The revision after which all commits are kept. */
async function oldestKept(fleet: FleetPort): Promise<number> {
  const probe = new AbortController();
  const first = fleet.watch(0, probe.signal)[Symbol.asyncIterator]().next();
  // With nothing to tell it would wait for the first commit there is.
  probe.abort();
  try {
    await first;
    return 0;
  } catch (error) {
    const oldest = error instanceof HeadframeError ? Number(error.metadata['oldest']) : NaN;
    if (Number.isSafeInteger(oldest)) return oldest;
    throw error;
  }
}

function* messagesOf(
  fleet: FleetPort,
  commits: readonly StoreCommit[],
  { request, scope }: Asked,
): Generator<EventsMessage> {
  let events: WireEvent[] = [];
  for (const commit of commits)
    for (const event of eventsOf(commit)) {
      if (!isAskedFor(event, request) || !scope.sees(event) || !isInNamespace(fleet, event, request.namespace))
        continue;
      events.push(eventToWire(event));
      if (events.length < MOST_EVENTS) continue;
      yield { events };
      events = [];
    }
  if (events.length > 0) yield { events };
}

function isAskedFor(event: FleetEvent, { miner, hostId, instance }: StreamEventsRequest): boolean {
  return (
    (miner === '' || event.miner === miner) &&
    (hostId === '' || event.hostId === hostId) &&
    (instance === '' || (event.subject === 'instance' && event.id === instance))
  );
}

function isInNamespace(fleet: FleetPort, { miner }: FleetEvent, namespace: string): boolean {
  return namespace === '' || (miner !== '' && fleet.miner(miner)?.spec.namespace === namespace);
}
