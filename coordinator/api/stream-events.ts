import type { StreamEventsRequest } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Event as WireEvent } from '../../common/gen/headframe/v1/event_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { FleetEvent } from '../../common/model/event.js';
import { eventToWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { eventsOf } from '../fleet/index.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreCommit } from '../store/store.js';
import type { Scope } from './scope.js';
import { commitBatches } from './commit-batches.js';
import { readDurably } from './durably.js';

/** A message of events. */
export interface EventsMessage {
  readonly events: WireEvent[];
}

const MOST_EVENTS = 500;

/**
 * Events after a revision, 0 for all that are kept; with `follow` also those to come, otherwise up to now. Throws
 * `HeadframeError` (out_of_range, 'revision_compacted') for a revision that is no longer kept.
 */
export async function* streamEvents(
  parts: { readonly fleet: FleetPort; readonly clock: Clock },
  { request, scope }: { readonly request: StreamEventsRequest; readonly scope: Scope },
  signal: AbortSignal,
): AsyncGenerator<EventsMessage, void, undefined> {
  const { revision: target } = await readDurably(parts.fleet, () => undefined);
  const asked = numberFromWire(request.afterRevision, 'after_revision');
  const after = asked === 0 ? await oldestKept(parts.fleet) : asked;
  if (!request.follow && after === target) return;
  for await (const commits of commitBatches(parts, after, signal)) {
    const upToNow = request.follow ? commits : commits.filter(({ revision }) => revision <= target);
    yield* messagesOf(parts.fleet, upToNow, { request, scope });
    if (!request.follow && (commits.at(-1)?.revision ?? 0) >= target) return;
  }
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
  { request, scope }: { readonly request: StreamEventsRequest; readonly scope: Scope },
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
