import { z } from 'zod';
import { checkSchema, strictObject } from '../../../common/model/schema/index.js';
import type { FieldViolation } from '../../../common/model/error.js';
import type { Problem } from '../problems.js';

/** What can be listened to. */
export const TOPICS = ['status', 'metrics', 'stake', 'chain'] as const;

/** One of `TOPICS`. */
export type Topic = (typeof TOPICS)[number];

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

const clientFrame = z.discriminatedUnion('type', [
  strictObject({
    type: z.literal('subscribe'),
    id: idField,
    topic: z.enum(TOPICS),
    miner: z.string().max(100).prefault(''),
    from: z
      .string()
      .regex(/^\d{1,15}$/, 'a revision: digits')
      .prefault('0')
      .transform(BigInt),
    everySeconds: z.int().min(1).max(300).prefault(5),
  }),
  strictObject({ type: z.literal('unsubscribe'), id: idField }),
]);

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
  | { readonly type: 'Subscribed'; readonly id: string; readonly topic: Topic }
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
