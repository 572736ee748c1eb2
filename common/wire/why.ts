import { create } from '@bufbuild/protobuf';
import { FilterCountSchema, WhySchema } from '../gen/headframe/v1/miner_pb.js';
import type { Why as WireWhy } from '../gen/headframe/v1/miner_pb.js';
import type { Why } from '../model/event.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** Puts the reason of a decision on the wire. */
export function whyToWire({ reason, text, atMs, filters }: Why): WireWhy {
  return create(WhySchema, {
    reason,
    text,
    atMs: numberToWire(atMs, 'why.atMs'),
    filters: filters.map((filter) => create(FilterCountSchema, filter)),
  });
}

/** Reads the reason of a decision. */
export function whyFromWire(message: WireWhy): Why {
  return {
    reason: message.reason,
    text: message.text,
    atMs: numberFromWire(message.atMs, 'why.atMs'),
    filters: message.filters.map(({ reason, hosts }) => ({ reason, hosts })),
  };
}
