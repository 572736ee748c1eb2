import { toJson } from '@bufbuild/protobuf';
import { EventSchema } from '../../../common/gen/headframe/v1/event_pb.js';
import type { Event } from '../../../common/gen/headframe/v1/event_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { eventData, isOf, resumeAfter } from './live-events.js';
import { PROGRESS_MS } from './topic-parts.js';
import type { Frame, TopicParts, Wish } from './topic-parts.js';

const { streamEvents } = FleetService.method;
/** Events in a full message of the stream. */
const FULL_EVENTS = 500;

/** Events as they happen: all of them, or those of a topic. */
export async function* eventFrames(
  topic: 'stake' | 'chain' | 'events',
  { id, miner, from }: Wish,
  { stream, clock, shared }: TopicParts,
): AsyncIterable<Frame> {
  let toldAtMs = clock.monotonicMs();
  for await (const message of stream(streamEvents, { miner, afterRevision: from, follow: true })) {
    const resume = resumeAfter(message.events, FULL_EVENTS);
    if (resume === undefined) continue;
    const revision = String(resume);
    const its = topic === 'events' ? message.events : message.events.filter((event) => isOf(topic, event));
    if (its.length > 0) yield shared.of(message, { type: TYPES[topic], id, revision }, () => dataOf(topic, its));
    else if (clock.monotonicMs() - toldAtMs >= PROGRESS_MS) yield { type: 'Progress', id, revision };
    else continue;
    toldAtMs = clock.monotonicMs();
  }
}

const TYPES = { stake: 'StakeUpdate', chain: 'ChainEvent', events: 'Events' } as const;

function dataOf(topic: keyof typeof TYPES, events: readonly Event[]): unknown[] {
  if (topic !== 'events') return events.map(eventData);
  return events.map((event) => toJson(EventSchema, event, { alwaysEmitImplicit: true }));
}
