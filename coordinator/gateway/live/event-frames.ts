import { toJson } from '@bufbuild/protobuf';
import { EventSchema } from '../../../common/gen/headframe/v1/event_pb.js';
import type { Event } from '../../../common/gen/headframe/v1/event_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ServerFrame } from './frames.js';
import { eventData, isOf, resumeAfter } from './live-events.js';
import { PROGRESS_MS } from './topic-parts.js';
import type { TopicParts, Wish } from './topic-parts.js';

const { streamEvents } = FleetService.method;
/** Events in a full message of the stream. */
const FULL_EVENTS = 500;

/** Events as they happen: all of them, or those of a topic. */
export async function* eventFrames(
  topic: 'stake' | 'chain' | 'events',
  { id, miner, from }: Wish,
  { stream, clock }: TopicParts,
): AsyncIterable<ServerFrame> {
  let toldAtMs = clock.monotonicMs();
  for await (const { events } of stream(streamEvents, { miner, afterRevision: from, follow: true })) {
    const revision = resumeAfter(events, FULL_EVENTS);
    if (revision === undefined) continue;
    const its = topic === 'events' ? events : events.filter((event) => isOf(topic, event));
    if (its.length > 0) yield frameOf(topic, { id, revision: String(revision) }, its);
    else if (clock.monotonicMs() - toldAtMs >= PROGRESS_MS) yield { type: 'Progress', id, revision: String(revision) };
    else continue;
    toldAtMs = clock.monotonicMs();
  }
}

function frameOf(
  topic: 'stake' | 'chain' | 'events',
  place: { readonly id: string; readonly revision: string },
  events: readonly Event[],
): ServerFrame {
  if (topic !== 'events')
    return { type: topic === 'stake' ? 'StakeUpdate' : 'ChainEvent', ...place, data: events.map(eventData) };
  const data = events.map((event) => toJson(EventSchema, event, { alwaysEmitImplicit: true }));
  return { type: 'Events', ...place, data };
}
