import { randomUUID } from 'node:crypto';
import type { NatsConnection } from 'nats';
import { systemClock } from '../../../common/model/clock.js';
import type { Clock } from '../../../common/model/clock.js';
import { silentLogger } from '../../../common/observe/logger.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { WriteRefusal } from './write-refusal.js';
import { LOG_FORMAT } from './log-message.js';
import type { ConnectedFacts } from './server-checks.js';
import type { WitnessPlace } from './witness.js';

/** Where the store gets its connection, and gives it back. */
export interface NatsSource {
  open(): Promise<NatsConnection>;
  close(): Promise<void>;
}

/** What the store over JetStream is told; what is optional has a default. */
export interface JetStreamStoreOptions {
  readonly source: NatsSource;
  /** Name of the coordinators that share the store: small letters, digits, hyphens. */
  readonly cluster: string;
  /** Servers that each hold all of it: 1, 3 or 5. */
  readonly replicas: number;
  /** Judges the servers before anything is read; throws when they are not to be trusted with a store. */
  readonly check?: (connected: ConnectedFacts) => Promise<void>;
  /** Asked right before each write; default that all may be written. */
  readonly refusal?: WriteRefusal;
  /** Where it is noted apart from the journal how far that goes; without one a journal that ends too early is not noticed. */
  readonly witness?: WitnessPlace | undefined;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly newId?: () => string;
  /** After how long servers have surely written what they have acknowledged, in milliseconds; default 0, for they write first. */
  readonly syncMs?: () => number;
  /** How long a commit waits for servers that are away, in milliseconds; default 30,000. */
  readonly commitTimeoutMs?: number;
  /** Size at which a segment of the journal is followed by the next; default 1 MiB. */
  readonly segmentBytes?: number;
  /** Journal written since the last snapshot at which the next is taken, or that snapshot's size if larger; default 16 MiB. */
  readonly snapshotBytes?: number;
  /** Commits kept for `StoredFleet.recent`; default 10,000. */
  readonly recentCommits?: number;
  /** Form of the journal that it writes, and the latest that it reads; default `LOG_FORMAT`. */
  readonly format?: number;
  /** Largest message, also bounded by what the servers take; default 1 MiB. */
  readonly messageBytes?: number;
}

const MEBIBYTE = 1024 * 1024;

/** What a store is told wherever it has its messages, with the defaults. */
export type LogSettings = Required<
  Omit<JetStreamStoreOptions, 'source' | 'cluster' | 'replicas' | 'check' | 'witness'>
> &
  Pick<JetStreamStoreOptions, 'witness'>;

/** Fills in what was left out. */
export function settingsOf(options: Partial<LogSettings>): LogSettings {
  return {
    refusal: () => undefined,
    syncMs: () => 0,
    logger: silentLogger,
    clock: systemClock,
    newId: randomUUID,
    commitTimeoutMs: 30_000,
    segmentBytes: MEBIBYTE,
    snapshotBytes: 16 * MEBIBYTE,
    recentCommits: 10_000,
    messageBytes: MEBIBYTE,
    format: LOG_FORMAT,
    ...options,
  };
}
