import type { CoordinatorConfig } from '../common/config/index.js';
import { HeadframeError, toHeadframeError } from '../common/model/error.js';
import { openCoordinator } from './coordinator.js';
import type { Coordinator, CoordinatorParts, SharedParts } from './coordinator.js';
import { notLeader } from './leadership/index.js';
import type { Contest, Lead, LeaseHolder, Refusal, Term } from './leadership/index.js';
import { MemberRegister, Membership, coordinatorRemoved } from './members/index.js';
import { openStandBy } from './stand-by.js';
import type { StandBy } from './stand-by.js';
import type { StoreTail } from './store/tail.js';

/** What a coordinator among others takes from its process. */
export interface ClusterParts extends Omit<
  CoordinatorParts,
  'store' | 'mayLose' | 'servers' | 'lead' | 'beforeListen'
> {
  readonly shared: SharedParts;
  /** In which they agree on who leads. */
  readonly contest: Contest;
  /** Opens the store that they share, anew for each time of leading; it asks `refusal` right before it writes. */
  readonly openStore: (refusal: Refusal) => Pick<CoordinatorParts, 'store' | 'mayLose' | 'servers'>;
  /** Follows it, anew for each time of standing by; without it a follower tells nothing of the fleet. */
  readonly openTail?: (() => StoreTail | undefined) | undefined;
}

/** How it is known among them. */
export interface ClusterTerms {
  readonly cluster: string;
  /** `host:port` at which agents and clients reach this one. */
  readonly advertise: string;
}

/**
 * A coordinator that leads has so long to end in order, in milliseconds: more than commits wait for a store that is away. What is
 * left then is for the service manager to end: it holds no lease.
 */
const STOP_MS = 45_000;

/** Why a time of leading is over: it was lost, is to be handed over, the program ends, or the coordinator cannot go on. */
type End = 'lost' | 'asked' | 'stopped' | Error;

/**
 * One coordinator among those that share a store: stands by, leads, and stands by again, in one process. Nothing of one time of
 * leading acts in the next: each has its store, fleet, sessions and loops for itself, and all of them ask its term, which is over
 * for good, before they change or tell anything.
 */
export class ClusterRun {
  readonly #config: CoordinatorConfig;
  readonly #parts: ClusterParts;
  readonly #terms: ClusterTerms;
  readonly #leadership: Contest;
  readonly #register: MemberRegister;
  #leading: Coordinator | undefined;
  #standBy: StandBy | undefined;
  /** Why it cannot read the store, once it has met what a later version wrote. */
  #tooOld: HeadframeError | undefined;

  constructor(config: CoordinatorConfig, parts: ClusterParts, terms: ClusterTerms) {
    this.#config = config;
    this.#parts = parts;
    this.#terms = terms;
    const self = { address: terms.advertise, version: parts.version, startedMs: parts.clock.nowMs() };
    const onChange = (): void => this.#judge();
    this.#register = new MemberRegister({ ...parts, place: parts.shared.members, self }, onChange);
    this.#leadership = parts.contest;
  }

  /** How it stands, for people. */
  get text(): string {
    if (this.#leading !== undefined) return `leads, listening at ${this.#leading.address}`;
    const { hindrance } = this.#leadership;
    const why = hindrance === undefined ? '' : `, and leads no more: ${hindrance.reason}`;
    return `follower of ${this.#leaderAddress() ?? 'nobody yet'}${why}`;
  }

  /** Reads the policy file at once, where it leads. */
  async reloadPolicy(): Promise<void> {
    await this.#leading?.reloadPolicy();
  }

  /** Stands by for the first time. Throws `HeadframeError` when it cannot, with nothing left open. */
  async open(): Promise<void> {
    const leader = (): string | undefined => this.#leaderAddress();
    const holder = (): LeaseHolder | undefined => this.#leadership.leader;
    const members = () => this.#register.members;
    const hindrance = () => this.#leadership.hindrance;
    const known = { leader, holder, members, hindrance, tail: this.#parts.openTail?.() };
    this.#standBy = await openStandBy(this.#config, { ...this.#parts, ...this.#terms, ...known });
  }

  /** Runs, once it is open, until the signal; resolves with why it cannot go on where it ends before. */
  async run(signal: AbortSignal): Promise<Error | undefined> {
    const over = new AbortController();
    const contest = this.#contend(over.signal);
    const ended = (): boolean => signal.aborted;
    try {
      while (!ended()) {
        const failure = await this.#turn(signal);
        if (failure !== undefined) return failure;
      }
      return undefined;
    } catch (error) {
      return toHeadframeError(error);
    } finally {
      over.abort();
      await contest;
    }
  }

  /** Whoever was removed is to know that before it stands. */
  async #contend(signal: AbortSignal): Promise<void> {
    await this.#register.begin(signal);
    await Promise.all([this.#register.run(signal), this.#leadership.run(signal)]);
  }

  async #turn(signal: AbortSignal): Promise<Error | undefined> {
    if (this.#standBy === undefined) await this.open();
    const standBy = this.#standBy;
    if (standBy === undefined) return undefined;
    try {
      const term = await this.#leadership.nextTerm(signal).catch((error: unknown) => toHeadframeError(error));
      if (term instanceof HeadframeError) return signal.aborted ? undefined : term;
      const end = await this.#lead(term, standBy, signal);
      // Who ends or wants to hand over must not be the one that takes the lease anew.
      await this.#leadership.end(term, end !== 'lost');
      return end instanceof Error ? end : undefined;
    } finally {
      this.#standBy = undefined;
      await standBy.close();
    }
  }

  async #lead(term: Term, standBy: StandBy, signal: AbortSignal): Promise<End> {
    const coordinator = await this.#open(term, standBy).catch((error: unknown) => toHeadframeError(error));
    // What fails because the lease is over has not failed: another leads.
    if (coordinator instanceof HeadframeError) return this.#inVain(term, coordinator);
    this.#leading = coordinator;
    const failed = coordinator.failed.then((error) => (term.held() ? error : ('lost' as const)));
    const lost = term.lost.then(() => 'lost' as const);
    const asked = term.asked.then(() => 'asked' as const);
    const end: End = await Promise.race([failed, lost, asked, aborted(signal)]);
    this.#parts.logger.info({ why: end instanceof Error ? end.message : end }, 'this coordinator leads no more');
    this.#leading = undefined;
    return (await this.#stops(coordinator)) ? end : stuck();
  }

  /** A store that a later version has written is for a coordinator of that version to lead: this one goes on standing by. */
  #inVain(term: Term, error: HeadframeError): End {
    if (error.reason !== 'store_format_newer') return term.held() ? error : 'lost';
    const { message, reason, remedy } = error;
    this.#parts.logger.warn(
      { reason, remedy },
      `this coordinator is too old for the store, and leads no more: ${message}`,
    );
    this.#tooOld = error;
    this.#judge();
    return 'asked';
  }

  #open(term: Term, standBy: StandBy): Promise<Coordinator> {
    const { cluster, advertise: address } = this.#terms;
    const { held, ask: stepDown } = term;
    const leader = () => this.#leadership.leader;
    const { clock, shared } = this.#parts;
    const changed = () => this.#register.refresh();
    const membership = new Membership({ place: shared.members, clock, leader: address, changed });
    const lead: Lead = { cluster, address, held, stepDown, leader, register: this.#register, membership };
    const beforeListen = (): Promise<void> => standBy.letGo();
    const refusal: Refusal = () => (held() ? undefined : notLeader(this.#leaderAddress()));
    return openCoordinator(this.#config, { ...this.#parts, ...this.#parts.openStore(refusal), lead, beforeListen });
  }

  /** False where it has not ended in time. */
  async #stops(coordinator: Coordinator): Promise<boolean> {
    const over = new AbortController();
    const late = this.#parts.clock.sleep(STOP_MS, over.signal).then(
      () => false,
      () => true,
    );
    // What fails while it ends has no lease, or was told by its own failure.
    const stopped = coordinator.stop().then(
      () => true,
      (error: unknown) => {
        this.#parts.logger.warn({ err: error }, 'what led has not ended in order');
        return true;
      },
    );
    const isStopped = await Promise.race([stopped, late]);
    over.abort();
    return isStopped;
  }

  /** Who was removed leads no more, until it is taken in again, and who is too old for the store not before its next start. */
  #judge(): void {
    const { isRemoved } = this.#register;
    const hindrance = isRemoved ? coordinatorRemoved(this.#terms.advertise) : this.#tooOld;
    if (hindrance?.reason !== this.#leadership.hindrance?.reason) this.#leadership.hinder(hindrance);
  }

  #leaderAddress(): string | undefined {
    return this.#leadership.leader?.address;
  }
}

function aborted(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve('stopped');
    };
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

function stuck(): HeadframeError {
  return new HeadframeError({
    code: 'internal',
    reason: 'teardown_stuck',
    message: 'what led has not ended in time; it holds no lease any more',
    remedy: 'The service manager starts this coordinator again, and it follows.',
  });
}
