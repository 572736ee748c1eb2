import type { NatsConnection } from 'nats';
import { systemClock } from '../../../common/model/clock.js';
import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { Nap } from '../../../common/model/nap.js';
import { silentLogger } from '../../../common/observe/logger.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { StoreTail, TailFailures, TailListener } from '../tail.js';
import { NatsLogStream } from './log-stream.js';
import type { LogStream } from './log-stream.js';
import type { JetStreamStoreOptions } from './options.js';
import { Patience } from './patience.js';
import { isPassing } from './put-outcome.js';
import { Reading } from './reading.js';
import type { RecentLimits } from './reading.js';
import { NatsSnapshotStream } from './snapshot-stream.js';
import type { SnapshotStream } from './snapshot-stream.js';
import { isMissingStream, namesOf } from './streams.js';

/** The streams that are followed. */
export interface TailStreams {
  readonly journal: LogStream;
  readonly snapshots: SnapshotStream;
}

/** What following takes. */
export interface TailParts {
  /** Connects; asked again as long as it fails. */
  readonly open: () => Promise<TailStreams>;
  readonly close: () => Promise<void>;
  readonly recent: RecentLimits;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Time between two looks at the journal's end, in milliseconds: what a watch hears is older by half of it in the mean. */
const LOOK_MS = 100;
/** Time until servers that are away, or have no streams yet, are asked again. */
const AWAY_MS = 500;
/** Time until what could not be read is read anew: once soon, for it may have been taken away meanwhile, then more rarely. */
const ANEW_MS = { first: 1_000, later: 15_000 } as const;
/** How long servers that do not answer are waited for in one look. */
const PATIENCE_MS = 2_000;
/**
 * An end before what was read is what a server tells that is cut off from the others, until it knows that it is; where it
 * stays so for longer, the journal was set back.
 */
const SET_BACK_MS = 20_000;
/** What of the journal watches can go back to when following begins. */
const RECENT = { commits: 10_000, changes: 100_000 } as const;

/** What a tail of a store over JetStream is told; what is optional has a default. */
export interface JetStreamTailOptions extends Pick<JetStreamStoreOptions, 'source' | 'cluster' | 'clock' | 'logger'> {
  readonly recentCommits?: number;
}

/** Follows the store of a cluster of coordinators; nothing is asked before it runs. */
export function openJetStreamTail({ source, cluster, ...options }: JetStreamTailOptions): StoreTail {
  const { clock = systemClock, logger = silentLogger, recentCommits: commits = RECENT.commits } = options;
  const names = namesOf(cluster);
  let connected: NatsConnection | undefined;
  const open = async (): Promise<TailStreams> => {
    connected ??= await source.open();
    return {
      journal: await NatsLogStream.open(connected, names.journal),
      snapshots: await NatsSnapshotStream.open(connected, names.snapshots),
    };
  };
  const close = (): Promise<void> => source.close();
  return new JetStreamTail({ open, close, recent: { ...RECENT, commits }, clock, logger });
}

/** Somebody who waits for a look that begins after they came. */
interface Waiting {
  readonly looked: Promise<void>;
  readonly resolve: () => void;
}

/** Follows the journal of a store over JetStream, beginning with its newest snapshot. */
export class JetStreamTail implements StoreTail {
  readonly #parts: TailParts;
  #streams: TailStreams | undefined;
  #reading: Reading | undefined;
  #setBackSinceMs: number | undefined;
  #isSetBack = false;
  #failures = 0;
  #told = '';
  readonly #failed = { away: 0, unreadable: 0, lost: 0 };
  #waiting: Waiting | undefined;
  readonly #nap = new Nap();
  #napMs = 0;

  constructor(parts: TailParts) {
    this.#parts = parts;
  }

  get failures(): TailFailures {
    return this.#failed;
  }

  catchUp(): Promise<void> {
    this.#waiting ??= newWaiting();
    this.#hurry();
    return this.#waiting.looked;
  }

  readAnew(): void {
    this.#isSetBack = true;
    this.#hurry();
  }

  async run(listener: TailListener, signal: AbortSignal): Promise<void> {
    const { close, logger } = this.#parts;
    const ended = (): boolean => signal.aborted;
    while (!ended()) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      const pauseMs = await this.#look(listener, signal);
      waiting?.resolve();
      await this.#rest(pauseMs, signal);
    }
    this.#waiting?.resolve();
    await close().catch((thrown: unknown) => {
      logger.warn({ err: thrown }, 'the connection by which the store was followed could not be closed in order');
    });
  }

  /** Reads what there is; answers how long to wait until the next look, in milliseconds. */
  async #look(listener: TailListener, signal: AbortSignal): Promise<number> {
    try {
      this.#streams ??= await this.#parts.open();
      const patience = (): Patience => new Patience({ clock: this.#parts.clock, limitMs: PATIENCE_MS, signal });
      const isAtEnd = await this.#read(this.#streams, listener, patience);
      [this.#failures, this.#told] = [0, ''];
      return isAtEnd ? LOOK_MS : AWAY_MS;
    } catch (thrown) {
      return signal.aborted ? 0 : this.#fail(thrown);
    }
  }

  async #read(streams: TailStreams, listener: TailListener, patience: () => Patience): Promise<boolean> {
    if (this.#isSetBack) {
      this.#isSetBack = false;
      if (this.#reading !== undefined) this.#loseTrack('it was set back');
    }
    const reading = this.#reading;
    if (reading === undefined) {
      await this.#begin(streams, listener, patience);
      return true;
    }
    const { reader } = reading;
    const { last } = await patience().ask(() => streams.journal.ends());
    if (last < reader.last) return this.#setBack();
    this.#setBackSinceMs = undefined;
    if (!(await reading.readTo(last, patience))) return this.#loseTrack('what comes next was removed');
    for (const warning of reader.forget()) this.#parts.logger.info({ warning }, 'the journal of the store');
    return true;
  }

  async #begin(streams: TailStreams, listener: TailListener, patience: () => Patience): Promise<void> {
    const reading = await Reading.open(streams, this.#parts.recent, patience);
    const { documents, instances, lastRevisions } = reading.mirror.freeze();
    const warnings = reading.reader.forget();
    const [epoch, revision, recent] = [reading.epoch, reading.revision, reading.recent()];
    reading.handOver((commit) => {
      if (commit.revision > revision) listener.commit(commit.whole(), commit.epoch);
    });
    await listener.begin({ epoch, revision, documents, instances, lastRevisions, recent, warnings });
    this.#reading = reading;
    this.#parts.logger.info({ epoch, revision }, 'the store is followed');
  }

  #setBack(): boolean {
    const nowMs = this.#parts.clock.bootMs();
    this.#setBackSinceMs ??= nowMs;
    if (nowMs - this.#setBackSinceMs >= SET_BACK_MS) this.#loseTrack('it was set back');
    return false;
  }

  #loseTrack(why: string): boolean {
    this.#failed.lost += 1;
    this.#parts.logger.warn({ why }, 'the journal of the store cannot be followed on; it is read anew');
    [this.#reading, this.#setBackSinceMs] = [undefined, undefined];
    return false;
  }

  #fail(thrown: unknown): number {
    const { code, reason, message, remedy } = toHeadframeError(thrown);
    // Before the first coordinator of all has led there are no streams.
    if (isPassing(thrown) || isMissingStream(thrown) || code === 'unavailable') {
      this.#failed.away += 1;
      this.#tell(reason, () => this.#parts.logger.warn({ reason }, `the store cannot be followed now: ${message}`));
      return AWAY_MS;
    }
    this.#reading = undefined;
    this.#failures += 1;
    this.#failed.unreadable += 1;
    if (this.#failures === 1) return ANEW_MS.first;
    this.#tell(message, () => {
      this.#parts.logger.error({ err: thrown, reason, remedy }, 'what the store holds cannot be followed');
    });
    return ANEW_MS.later;
  }

  /** Once for each thing. */
  #tell(what: string, tell: () => void): void {
    if (this.#told !== what) tell();
    this.#told = what;
  }

  /** Servers that are away are not asked more often for it. */
  #hurry(): void {
    if (this.#napMs <= LOOK_MS) this.#nap.wake();
  }

  /** Until it is time, or somebody waits. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting !== undefined && ms <= LOOK_MS) return;
    this.#napMs = ms;
    await this.#nap.take(this.#parts.clock, ms, signal);
  }
}

function newWaiting(): Waiting {
  let resolve = (): void => undefined;
  const looked = new Promise<void>((resolved) => (resolve = resolved));
  return { looked, resolve };
}
