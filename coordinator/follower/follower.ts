import type { Caller } from '../../common/model/caller.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { CallContext, CallMetadata, RpcServer, ServiceImplementation } from '../../common/rpc/index.js';
import { RECORD_READS, recordReads } from '../api/index.js';
import type { FleetReads } from '../api/index.js';
import { FollowedFleet } from '../fleet/index.js';
import { StandingWatch, standingAt } from '../security/index.js';
import type { StoreTail, TailFailures } from '../store/tail.js';
import { followerBehind } from './follower-behind.js';
import { ReadIndex } from './read-index.js';
import type { ReadIndexParts } from './read-index.js';
import { recordFacts } from './record-facts.js';

/** What following takes. */
export interface FollowerParts extends Pick<ReadIndexParts, 'ask'> {
  readonly tail: StoreTail;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly yieldTurn: () => Promise<void>;
  /** Where the coordinator that leads is reached; undefined while none is known to. */
  readonly leader: () => string | undefined;
  /** What a call is refused with that is not for followers. */
  readonly refusal: () => HeadframeError;
}

/** The fleet as it was followed from one beginning on. */
interface Followed {
  readonly fleet: FollowedFleet;
  readonly reads: FleetReads;
  readonly over: AbortController;
}

/** Answers a request, whatever its method. */
type AnyCall = (...call: readonly unknown[]) => unknown;

/** What is older is not told any more, in milliseconds. */
const MOST_BEHIND_MS = 30_000;
/** How long a read waits until it is known to be no older than itself, in milliseconds; then it is told as old as it is. */
const CATCH_UP_MS = 500;
/** Between two looks at the journal while a read waits. */
const PAUSE_MS = 10;
/** How often the one that leads is asked anyway, and it is looked whether what watches hear has become too old. */
const LOOK_MS = 1_000;

/**
 * The fleet as a coordinator that does not lead knows it: reads and watches of the records are answered with how old, at the most,
 * what is told may be. It asks the one that leads before each answer how far that is, so that whoever has changed something sees it.
 * NATS is not believed: its servers tell of an old end of the journal for many seconds after some of them were away.
 */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #index: ReadIndex;
  #followed: Followed | undefined;
  #endStreams: RpcServer['endStreams'] = () => undefined;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    const here = (): number | undefined => this.fleet?.revision;
    const onLost = (revision: number): void => {
      this.#beginAnew(revision);
    };
    this.#index = new ReadIndex({ ...parts, here, onLost });
  }

  /** The records, once they are known. */
  get fleet(): FollowedFleet | undefined {
    return this.#followed?.fleet;
  }

  /** Milliseconds, at the most, that what it tells is old. */
  get ageMs(): number {
    return this.fleet === undefined ? Infinity : this.#index.ageMs(this.fleet.revision);
  }

  /** Revision up to which it knows the fleet, and how many the one that leads has told of beyond that. */
  get known(): { readonly revision: number; readonly behind: number } {
    const revision = this.fleet?.revision ?? 0;
    return { revision, behind: Math.max(0, this.#index.told - revision) };
  }

  /** How often following the store has failed. */
  get failures(): TailFailures {
    return this.#parts.tail.failures;
  }

  /** Whether calls of a method, by its path, are answered here as things are now. */
  serves(method: string): boolean {
    return RECORD_READS.has(method) && this.ageMs <= MOST_BEHIND_MS;
  }

  /** Adds the services of which it answers methods; before `listen`. */
  addTo(server: RpcServer): void {
    this.#endStreams = (why) => {
      server.endStreams(why);
    };
    server.add(FleetService, this.#service());
  }

  /** Follows until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { tail, clock } = this.#parts;
    const following = tail.run(
      {
        begin: async (stored) => {
          this.#begin(await FollowedFleet.open(stored, { ...this.#parts, behind: () => this.#behind() }));
        },
        commit: (commit, epoch) => this.#followed?.fleet.take(commit, epoch),
      },
      signal,
    );
    while (!signal.aborted) {
      void this.#index.ask();
      if (this.ageMs > MOST_BEHIND_MS) this.#endAll();
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
    await following;
    this.#followed?.over.abort();
  }

  /**
   * Catches up before a read is answered; the answer is what the client is told of it. Throws `HeadframeError`: unavailable
   * ('follower_behind') where that takes too long, unauthenticated for who is nobody any more.
   */
  readonly prepare = async (call: CallContext): Promise<Readonly<Record<string, string>> | undefined> => {
    if (!RECORD_READS.has(call.method)) return undefined;
    const { clock } = this.#parts;
    const over = new AbortController();
    const late = clock.sleep(CATCH_UP_MS, AbortSignal.any([call.signal, over.signal])).catch(() => undefined);
    await Promise.race([this.#catchUp(over.signal), late]);
    over.abort();
    const { fleet, ageMs } = this;
    if (fleet === undefined || ageMs > MOST_BEHIND_MS || fleet.revision < leastRevision(call.metadata))
      throw this.#behind();
    requireStanding(fleet, call.caller, clock.nowMs());
    return { 'headframe-role': 'follower', 'headframe-age-ms': String(Math.ceil(ageMs)) };
  };

  /** Asks how far the one that leads is, and follows up to there; ends without that where it does not say. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { tail, clock } = this.#parts;
    const wanted = (await this.#index.ask()) ?? 0;
    const isBehind = (): boolean => !signal.aborted && this.fleet !== undefined && this.fleet.revision < wanted;
    while (isBehind()) {
      await tail.catchUp();
      if (isBehind()) await clock.sleep(PAUSE_MS, signal).catch(() => undefined);
    }
  }

  /** Lets go of what it has, for some of that was lost where it came from. */
  #beginAnew(revision: number): void {
    const { logger, tail } = this.#parts;
    const had = this.fleet?.revision;
    logger.warn(
      { had, leads: revision },
      'the coordinator that leads knows less than this one has read: all is read anew',
    );
    this.#followed?.over.abort();
    this.#followed = undefined;
    this.#endAll();
    tail.readAnew();
  }

  #begin(fleet: FollowedFleet): void {
    const { clock, yieldTurn } = this.#parts;
    this.#followed?.over.abort();
    this.#endAll();
    const reads = recordReads({ ...recordFacts(fleet, clock), fleet, clock, yieldTurn });
    const over = new AbortController();
    this.#followed = { fleet, reads, over };
    const endStreams: RpcServer['endStreams'] = (why) => {
      this.#endStreams(why);
    };
    void new StandingWatch({ fleet, clock, endStreams }).start(over.signal);
  }

  /** What has been told does not go on. */
  #endAll(): void {
    this.#endStreams((_caller, method) => (RECORD_READS.has(method) ? this.#behind() : undefined));
  }

  #behind(): HeadframeError {
    return followerBehind(this.ageMs, this.#parts.leader());
  }

  /** Each call is answered from the records as they are followed by then; what else there is to call is not let in. */
  #service(): ServiceImplementation<typeof FleetService> {
    const { refusal } = this.#parts;
    const handlers = Object.keys(FleetService.method).map((name) => {
      const answer: AnyCall = (...call) => {
        // All of them are functions of a request and its context.
        const reads = this.#followed?.reads as Readonly<Partial<Record<string, AnyCall>>> | undefined;
        const handler = reads?.[name];
        if (handler === undefined) throw refusal();
        return handler(...call);
      };
      return [name, answer] as const;
    });
    // Made of all methods of the service, each answered by the handler of its own kind.
    return Object.fromEntries(handlers) as ServiceImplementation<typeof FleetService>;
  }
}

/** The fleet revision that a caller wants to be heard of at least, as that of a change of its own; 0 for none. */
function leastRevision(metadata: CallMetadata): number {
  const told = metadata.get('headframe-min-revision');
  if (told === undefined) return 0;
  if (/^\d{1,15}$/.test(told)) return Number(told);
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'invalid_request',
    message: 'headframe-min-revision is no revision',
    violations: [{ path: 'headframe-min-revision', value: told.slice(0, 40), expected: 'a number' }],
  });
}

/** A revocation may have been heard of only since the call was let in. */
function requireStanding(fleet: FollowedFleet, caller: Caller, nowMs: number): void {
  const why = standingAt(fleet, nowMs)(caller);
  if (why === undefined) return;
  throw new HeadframeError({
    code: 'unauthenticated',
    reason: `credential_${why}`,
    message: `what this call was made with ${why === 'revoked' ? 'was revoked' : 'has expired'}`,
    remedy: 'Call again with a certificate or token that is good: headframe token create makes the way to one.',
  });
}
