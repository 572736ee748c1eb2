import { create } from '@bufbuild/protobuf';
import { EventSchema } from '../gen/headframe/v1/event_pb.js';
import type { Event as WireEvent } from '../gen/headframe/v1/event_pb.js';
import type { EventSubject, FleetEvent } from '../model/event.js';
import { SEVERITY } from './enums.js';
import { numberFromWire, numberToWire } from './numbers.js';

const SUBJECTS: Readonly<Record<EventSubject, EventSubject>> = {
  miner: 'miner',
  instance: 'instance',
  host: 'host',
  fleet: 'fleet',
};

/** Puts an event on the wire. */
export function eventToWire(event: FleetEvent): WireEvent {
  const { subject, id, reason, text, miner, hostId, state } = event;
  return create(EventSchema, {
    revision: numberToWire(event.revision, 'revision'),
    atMs: numberToWire(event.atMs, 'atMs'),
    subject,
    id,
    reason,
    text,
    severity: SEVERITY.toWire(event.severity),
    miner,
    hostId,
    state,
  });
}

/** Reads an event as the coordinator sends it; a subject this version does not know counts as the fleet's. */
export function eventFromWire(message: WireEvent): FleetEvent {
  const { id, reason, text, miner, hostId, state } = message;
  return {
    revision: numberFromWire(message.revision, 'revision'),
    atMs: numberFromWire(message.atMs, 'atMs'),
    subject: isSubject(message.subject) ? message.subject : 'fleet',
    id,
    reason,
    text,
    severity: SEVERITY.find(message.severity) ?? 'info',
    miner,
    hostId,
    state,
  };
}

function isSubject(text: string): text is EventSubject {
  return Object.hasOwn(SUBJECTS, text);
}
