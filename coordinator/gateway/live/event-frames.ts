import { toJson } from '@bufbuild/protobuf';
import { EventSchema } from '../../../common/gen/headframe/v1/event_pb.js';
import type { Event } from '../../../common/gen/headframe/v1/event_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { eventData, isOf, resumeAfter } from './live-events.js';
import { mapped } from './mapped.js';
import { PROGRESS_MS } from './topic-parts.js';
import type { Frame, TopicParts, Wish } from './topic-parts.js';

const { streamEvents } = FleetService.method;
/** Events in a full message of the stream. */
const FULL_EVENTS = 500;

/** Events as they happen: all of them, or those of a topic. */
export function eventFrames(
  topic: 'stake' | 'chain' | 'events',
  { id, miner, from }: Wish,
  { stream, clock, shared }: TopicParts,
): AsyncIterable<Frame> {
  let toldAtMs = clock.monotonicMs();
  return mapped(stream(streamEvents, { miner, afterRevision: from, follow: true }), (message): Frame | undefined => {
    const resume = resumeAfter(message.events, FULL_EVENTS);
    if (resume === undefined) return undefined;
    const revision = String(resume);
    const its = topic === 'events' ? message.events : message.events.filter((event) => isOf(topic, event));
    const nowMs = clock.monotonicMs();
    if (its.length === 0 && nowMs - toldAtMs < PROGRESS_MS) return undefined;
    toldAtMs = nowMs;
    if (its.length === 0) return { type: 'Progress', id, revision };
    return shared.of(message, { type: TYPES[topic], id, revision }, () => ({ data: dataOf(topic, its) }));
  });
}

const TYPES = { stake: 'StakeUpdate', chain: 'ChainEvent', events: 'Events' } as const;

function dataOf(topic: keyof typeof TYPES, events: readonly Event[]): unknown[] {
  if (topic !== 'events') return events.map(eventData);
  return events.map((event) => toJson(EventSchema, event, { alwaysEmitImplicit: true }));
}
