import type { JsonValue } from '@bufbuild/protobuf';
import { z } from 'zod';
import { checkSchema, strictObject } from '../../../common/model/schema/index.js';
import type { FieldViolation } from '../../../common/model/error.js';
import type { Problem } from '../problems.js';

/** What can be listened to by its name alone. */
const TOPICS = ['status', 'metrics', 'stake', 'chain', 'fleet', 'events'] as const;
/** What can be listened to of one thing: `miner/translator`. */
const TOPICS_OF_ONE = ['miner', 'instance', 'host', 'logs', 'build', 'lease'] as const;

/** What can be listened to. */
export type TopicKind = (typeof TOPICS)[number] | (typeof TOPICS_OF_ONE)[number];

/** The sub-protocol that is spoken; the one that carries a token begins with it. */
export const SUBPROTOCOL = 'headframe.v1';
/** Of a frame of a client, in bytes. */
export const MOST_FRAME_BYTES = 4096;

/** Why the coordinator ends a connection; 4000 and above are for applications (RFC 6455, 7.4.2). */
export const CLOSE = {
  goingAway: 1001,
  badFrame: 4400,
  unproven: 4401,
  silent: 4408,
  slow: 4429,
  failed: 4500,
} as const;

/** What a client may ask. */
export type ClientFrame = z.output<typeof clientFrame>;

/** What a client listens to. */
export type Subscription = Extract<ClientFrame, { readonly type: 'subscribe' }>;

const idField = z.string().regex(/^[\w.:-]{1,64}$/, '1-64 of A-Z a-z 0-9 _ . : -');

const topicField = z
  .string()
  .regex(
    new RegExp(`^(?:${TOPICS.join('|')}|(?:${TOPICS_OF_ONE.join('|')})/[\\w.:-]{1,200})$`),
    `one of ${TOPICS.join(', ')}, or ${TOPICS_OF_ONE.join('/…, ')}/…`,
  );
const digitsField = (what: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `${what}: digits`)
    .prefault('0')
    .transform(BigInt);

const clientFrame = z.discriminatedUnion('type', [
  strictObject({
    type: z.literal('subscribe'),
    id: idField,
    topic: topicField,
    miner: z.string().max(100).prefault(''),
    from: digitsField('a revision'),
    everySeconds: z.int().min(1).max(300).prefault(5),
    tail: z.int().min(0).max(10_000).prefault(100),
    sinceMs: digitsField('unix milliseconds'),
  }),
  strictObject({ type: z.literal('unsubscribe'), id: idField }),
  strictObject({ type: z.literal('ping'), id: idField }),
]);

/** What a topic is about. */
export interface TopicParsed {
  readonly kind: TopicKind;
  /** Of the one thing; '' for all. */
  readonly of: string;
}

/** Reads a topic that was let through. Pure. */
export function parseTopic(topic: string): TopicParsed {
  const at = topic.indexOf('/');
  // The frame's schema has let no others through.
  const kind = (at < 0 ? topic : topic.slice(0, at)) as TopicKind;
  return { kind, of: at < 0 ? '' : topic.slice(at + 1) };
}

/** Reads a frame of a client, or says what is wrong with it. */
export function readFrame(
  data: string,
): { readonly value: ClientFrame } | { readonly violations: readonly FieldViolation[] } {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { violations: [{ path: '', expected: 'a JSON object' }] };
  }
  return checkSchema(clientFrame, value);
}

/** What the coordinator says; `id` is that of the subscription. */
export type ServerFrame =
  | { readonly type: 'Subscribed'; readonly id: string; readonly topic: string }
  | FleetFrame
  /** Messages of the contract in their JSON. */
  | { readonly type: 'Events'; readonly id: string; readonly revision: string; readonly data: readonly JsonValue[] }
  | { readonly type: 'Lease'; readonly id: string; readonly data: JsonValue }
  | LogsFrame
  /** The answer to a `ping` of the client. */
  | { readonly type: 'Pong'; readonly id: string; readonly atMs: number }
  /** There is nothing more to tell. The subscription has ended. */
  | { readonly type: 'End'; readonly id: string }
  | StateFrame
  | { readonly type: 'Metrics'; readonly id: string; readonly data: readonly object[] }
  | {
      readonly type: 'StakeUpdate' | 'ChainEvent';
      readonly id: string;
      readonly revision: string;
      readonly data: readonly object[];
    }
  | NetworkFrame
  /** Nothing of it has happened; it can be resumed later than before. */
  | { readonly type: 'Progress'; readonly id: string; readonly revision: string }
  /** The revision to resume from is no longer kept; subscribe again without one. The subscription has ended. */
  | { readonly type: 'Relist'; readonly id: string }
  /** The subscription has ended. */
  | { readonly type: 'Error'; readonly id: string; readonly data: Problem };

/** What has changed in the fleet; first all that there is. */
export interface FleetFrame {
  readonly type: 'Fleet';
  readonly id: string;
  /** Resume from it; "0" until all there was has been told. */
  readonly revision: string;
  /** Everything there was has been told; changes follow. */
  readonly synced: boolean;
  /** `FleetChange` of the contract in its JSON: `{"miner": …}`, `{"instanceRemoved": "translator-7"}`. */
  readonly data: readonly JsonValue[];
}

/** What a program has said. */
export interface LogsFrame {
  readonly type: 'Logs';
  readonly id: string;
  readonly data: { readonly stream: 'stdout' | 'stderr'; readonly text: string };
}

/** Networks as they stand now; first all there are, then those that have changed. */
export interface NetworkFrame {
  readonly type: 'NetworkUpdate';
  readonly id: string;
  readonly data: readonly object[];
  /** Names of networks that are gone. */
  readonly removed: readonly string[];
}

/** Miners as they stand now. */
export interface StateFrame {
  readonly type: 'Status';
  readonly id: string;
  /** Resume from it; "0" until all there was has been told. */
  readonly revision: string;
  /** Everything there was has been told; changes follow. */
  readonly synced: boolean;
  readonly data: readonly object[];
  /** Names of miners that are gone. */
  readonly removed: readonly string[];
}
